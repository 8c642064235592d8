"""Waiting for the log to grow."""

import select
import socket
from types import TracebackType
from typing import Self

import psycopg
from psycopg.sql import SQL, Identifier


class LogWake:
    """Listens for appends on a connection of its own; `interrupt` ends a wait from any thread."""

    def __init__(self, database_url: str, channel: str) -> None:
        self._connection = psycopg.connect(
            database_url, autocommit=True, application_name="clearing wake"
        )
        self._connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._interrupted, self._interrupter = socket.socketpair()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._interrupted.close()
        self._interrupter.close()

    def interrupt(self) -> None:
        """End the wait that is under way, or the next one."""
        self._interrupter.send(b"!")

    def wait(self, after: int, timeout_seconds: float) -> None:
        """Return when the log is longer than `after`, when interrupted, or when time is up.

        Time being up is not an error: a notification may be lost with its connection, so whoever
        waits looks for itself.
        """
        for notification in self._connection.notifies(timeout=0):
            if int(notification.payload) > after:
                return
        readable, _, _ = select.select(
            [self._connection.fileno(), self._interrupted.fileno()], [], [], timeout_seconds
        )
        if self._interrupted.fileno() in readable:
            self._interrupted.recv(1)
