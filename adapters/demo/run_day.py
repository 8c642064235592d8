"""The demonstration's day: trades go in through HTTP, and what came of each is read back."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from adapters.demo.run_client import (
    ClearedTrade,
    Followed,
    Holding,
    MarketClient,
    Received,
    batch_of,
)
from adapters.demo.story import MarketTrade

BATCH: Final = 1_000
"""Trades in one request."""
_LOOK_INTERVAL_SECONDS: Final = 0.05
_DRAIN_SECONDS_MAXIMUM: Final = 120.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How far the day has come, for a progress bar."""

    submitted: int
    followed: Followed


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, and what the read models say afterwards.

    `received` is in the order of the trades. Both times are seconds from the first request:
    `accepted_seconds` to the last answer, `drained_seconds` to the last row of the last read model.
    """

    received: list[Received]
    accepted_seconds: float
    drained_seconds: float
    last_position: int
    cleared: dict[str, ClearedTrade]
    holdings: list[Holding]


class TradingDay:
    """Submits a day's trades, each venue its own in their order, and follows them to the end."""

    def __init__(
        self,
        client: MarketClient,
        trades: Sequence[MarketTrade],
        progress: Callable[[Report], None],
    ) -> None:
        self._client = client
        self._trades = trades
        self._progress = progress
        self._received: list[Received | None] = [None] * len(trades)
        self._submitted = 0
        self._last_accepted = 0
        self._accepted_at = 0.0

    async def run(self) -> Day:
        """Submit, wait until everything is settled and projected, and read it back."""
        lanes = list(_lanes(self._trades))
        begun = time.perf_counter()
        await asyncio.gather(self._look(), *(self._submit(lane) for lane in lanes))
        async with asyncio.timeout(_DRAIN_SECONDS_MAXIMUM):
            last = await self._drain()
        drained_seconds = time.perf_counter() - begun
        day = self._trades[0].trade_date
        return Day(
            received=[each for each in self._received if each is not None],
            accepted_seconds=self._accepted_at - begun,
            drained_seconds=drained_seconds,
            last_position=last,
            cleared={each.trade_id: each async for each in self._client.trades(day, last)},
            holdings=[each async for each in self._client.positions(last)],
        )

    async def _submit(self, lane: "Lane") -> None:
        for numbers, body in lane:
            receipt = await self._client.submit(body)
            for number, result in zip(numbers, receipt.results, strict=True):
                self._received[number] = result
            self._submitted += len(numbers)
            self._last_accepted = max(self._last_accepted, receipt.ledger_position or 0)
            self._accepted_at = time.perf_counter()

    async def _drain(self) -> int:
        """The last position, once the worker has decided everything and all rows are there."""
        while True:
            followed = await self._client.followed()
            # Once all is decided nobody appends any more, and the head is the end.
            if followed.decided >= self._last_accepted:
                followed = msgspec.structs.replace(followed, decided=followed.head)
            self._progress(Report(submitted=self._submitted, followed=followed))
            if followed.decided == followed.projected == followed.head:
                return followed.head
            await asyncio.sleep(_LOOK_INTERVAL_SECONDS)

    async def _look(self) -> None:
        while self._submitted < len(self._trades):
            followed = await self._client.followed()
            self._progress(Report(submitted=self._submitted, followed=followed))
            await asyncio.sleep(_LOOK_INTERVAL_SECONDS)


Lane = list[tuple[list[int], bytes]]
"""One venue's requests: the numbers of their trades, and their bodies."""


def _lanes(trades: Sequence[MarketTrade]) -> Iterator[Lane]:
    by_venue: dict[str, list[int]] = {}
    for number, trade in enumerate(trades):
        by_venue.setdefault(trade.venue, []).append(number)
    for numbers in by_venue.values():
        chunks = [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]
        yield [(chunk, batch_of([trades[number] for number in chunk])) for chunk in chunks]
