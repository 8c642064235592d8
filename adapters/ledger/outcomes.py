"""What became of an instruction, learnt from the log itself and not from a read model."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from adapters.ledger.codec import TOPICS, decode_event
from adapters.ledger.schema import (
    EVENTS_TABLE,
    TRACKING_TABLE,
    WORKER_APPLICATION,
    ledger_channel,
    schema_name,
)
from commands.ports import Outcome
from domain.clearing.trade import TradeRejected, TradeSettled
from domain.settlement.transfer import TransferRejected, TransferSettled

_FINAL_TOPICS: Final = frozenset(
    TOPICS[cls] for cls in (TradeSettled, TradeRejected, TransferSettled, TransferRejected)
)
_SAFETY_POLL_SECONDS: Final = 1.0
_RECONNECT_SECONDS: Final = 0.5
log = structlog.get_logger()


class LedgerOutcomes:
    """`commands.ports.Outcomes`: one listening connection serves all who wait.

    Each append wakes it; one query then looks for everybody.
    """

    def __init__(self, database_url: str, *, segment: str) -> None:
        self._database_url = database_url
        self._channel = ledger_channel(segment)
        schema = Identifier(schema_name(segment))
        self._last_events = SQL(
            "SELECT DISTINCT ON (originator_id) originator_id, notification_id, topic, state"
            " FROM {}.{}"
            " WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version DESC"
        ).format(schema, Identifier(EVENTS_TABLE))
        self._decided_until = SQL(
            "SELECT notification_id FROM {}.{} WHERE application_name = {}"
        ).format(schema, Identifier(TRACKING_TABLE), WORKER_APPLICATION)
        self._streams: dict[str, list[asyncio.Future[Outcome]]] = {}
        self._positions: list[tuple[int, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start listening, in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="outcomes")

    async def close(self) -> None:
        """Stop listening; who still waits runs into the end of its time."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wait(self, stream: str, timeout_seconds: float) -> Outcome | None:
        """See `commands.ports.Outcomes.wait`."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._streams.setdefault(stream, []).append(future)
        self._arrived.set()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            waiting = self._streams.get(stream, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._streams.pop(stream, None)

    async def decided(self, position: int, timeout_seconds: float) -> bool:
        """See `commands.ports.Outcomes.decided`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (position, future)
        self._positions.append(entry)
        self._arrived.set()
        try:
            async with asyncio.timeout(timeout_seconds):
                await future
        except TimeoutError:
            return False
        finally:
            if entry in self._positions:
                self._positions.remove(entry)
        return True

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("waiting for outcomes interrupted", error=str(error))
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with (
            await AsyncConnection.connect(
                self._database_url, autocommit=True, application_name="clearing outcomes"
            ) as listener,
            await AsyncConnection.connect(
                self._database_url, autocommit=True, application_name="clearing outcomes"
            ) as connection,
        ):
            await listener.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
            wake = asyncio.create_task(self._wake(listener))
            try:
                while not wake.done():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_SAFETY_POLL_SECONDS):
                            await self._arrived.wait()
                    self._arrived.clear()
                    await self._look(connection)
                wake.result()
            finally:
                wake.cancel()

    async def _wake(self, listener: AsyncConnection[Any]) -> None:
        async for _ in listener.notifies():
            self._arrived.set()

    async def _look(self, connection: AsyncConnection[Any]) -> None:
        if self._streams:
            rows = await self._fetch(connection, list(self._streams))
            for stream, position, topic, state in rows:
                if topic in _FINAL_TOPICS:
                    event = decode_event(topic, bytes(state))
                    _resolve(self._streams.pop(stream, []), Outcome(event, position))
        if self._positions:
            cursor = await connection.execute(self._decided_until, prepare=True)
            row = await cursor.fetchone()
            until = 0 if row is None else int(row[0])
            for position, future in self._positions:
                if position <= until and not future.done():
                    future.set_result(None)

    async def _fetch(
        self, connection: AsyncConnection[Any], streams: Sequence[str]
    ) -> list[tuple[str, int, str, bytes]]:
        cursor = await connection.execute(self._last_events, (streams,), prepare=True)
        return await cursor.fetchall()


def _resolve(futures: Sequence[asyncio.Future[Outcome]], outcome: Outcome) -> None:
    for future in futures:
        if not future.done():
            future.set_result(outcome)
