"""Ends the backend of an append that holds the log's lock for too long.

A client that is stopped inside COPY holds the lock, and no timeout of PostgreSQL fires there
(`idle_in_transaction_session_timeout` counts only between statements).
"""

import threading
import time
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection

from adapters.ledger.append import APPEND_LOCK_CLASS
from adapters.ledger.schema import schema_name

_LOOKS_A_LIMIT: Final = 5
_HOLDER: Final = """
SELECT a.pid, a.backend_start, a.xact_start, a.application_name
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objsubid = 2
  AND l.objid::bigint = hashtext(%s)::bigint & 4294967295
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TERMINATE: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = %s AND backend_start = %s AND xact_start = %s
"""
log = structlog.get_logger()


class AppendWatchdog:
    """Looks at who holds the append lock, from a thread and a connection of its own."""

    def __init__(self, database_url: str, *, segment: str, limit_seconds: float) -> None:
        self._database_url = database_url
        self._key = (APPEND_LOCK_CLASS, schema_name(segment))
        self._limit = limit_seconds
        self._stop = threading.Event()
        self._held: tuple[Any, ...] | None = None
        self._since = 0.0
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._limit / _LOOKS_A_LIMIT
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._database_url, autocommit=True, application_name="clearing watchdog"
                ) as connection:
                    while not self._stop.wait(pause):
                        self._look(connection)
            except psycopg.Error as error:
                log.warning("the append watchdog lost its connection", error=str(error))
                self._stop.wait(pause)

    def _look(self, connection: Connection[Any]) -> None:
        holder = connection.execute(_HOLDER, self._key, prepare=True).fetchone()
        now = time.monotonic()
        if holder is None or holder != self._held:
            self._held, self._since = holder, now
        elif now - self._since > self._limit:
            pid, backend_start, transaction_start, name = holder
            connection.execute(_TERMINATE, (pid, backend_start, transaction_start))
            log.error("ended an append that held the log's lock for too long", pid=pid, name=name)
            self._held = None
