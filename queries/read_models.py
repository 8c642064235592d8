"""How far the read models have come, and waiting until they have come far enough."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Self

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from queries.answer import Connection

_POLL_SECONDS: Final = 1.0
_RECONNECT_SECONDS: Final = 0.5
_TRACKED: Final = "SELECT application_name, notification_id FROM ledger_tracking"
_log = structlog.get_logger(__name__)

Connect = Callable[[], Awaitable[Connection]]


class ReadModelWaiter:
    """Waits for projections, woken by their commits: one connection, any number of waiters.

    `connect` opens a connection in autocommit mode with the segment's search path; `channel` is
    the one on which projections notify `<name> <position>`. Used as an asynchronous context
    manager. While the database is away nobody is woken, and waits end in time without success.
    """

    def __init__(self, connect: Connect, channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._positions: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen(), name="read-model-waiter")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def position(self, projections: Iterable[str]) -> int:
        """The position that all of these projections are known to have reached."""
        return min((self._positions.get(name, 0) for name in projections), default=0)

    async def wait_until(
        self, position: int, projections: Iterable[str], timeout_seconds: float
    ) -> bool:
        """Whether all of these projections have reached `position` in time."""
        names = tuple(projections)
        if self.position(names) >= position:
            return True
        try:
            async with asyncio.timeout(timeout_seconds), self._changed:
                await self._changed.wait_for(lambda: self.position(names) >= position)
        except TimeoutError:
            return False
        return True

    async def wait_for_change(self, projections: Iterable[str], timeout_seconds: float) -> int:
        """Wait for the next commit of one of these projections; returns their common position."""
        names = tuple(projections)
        before = self.position(names)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._changed:
                await self._changed.wait_for(lambda: self.position(names) != before)
        return self.position(names)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._connect()
                async with connection:
                    await connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
                    await self._follow(connection)
            except psycopg.Error as error:
                _log.warning("read_model_waiter_lost_database", cause=str(error))
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _follow(self, connection: Connection) -> None:
        # After LISTEN the table is read once: what was committed before is in it, what comes
        # after is notified. Read again now and then, so that a lost notification delays no more.
        while True:
            async with connection.cursor() as cursor:
                await cursor.execute(_TRACKED)
                await self._reached(dict(await cursor.fetchall()))
            async for notify in connection.notifies(timeout=_POLL_SECONDS):
                name, _, position = notify.payload.rpartition(" ")
                await self._reached({name: int(position)})

    async def _reached(self, positions: dict[str, Any]) -> None:
        if all(self._positions.get(name) == position for name, position in positions.items()):
            return
        async with self._changed:
            self._positions.update(positions)
            self._changed.notify_all()
