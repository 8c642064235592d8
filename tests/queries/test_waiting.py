"""Read your own writes: waiting until the read models have come far enough."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from time import monotonic
from typing import Any

from adapters.ledger.schema import projection_channel
from queries.read_models import ReadModelWaiter
from tests.builders import SEGMENT
from tests.projections.reading import follow
from tests.projections.recorded_day import RecordedDay
from tests.queries.asking import connect

NAMES = ("trades", "reference")


def _with_waiter(
    database: Any, test: Callable[[ReadModelWaiter], Coroutine[Any, Any, None]]
) -> None:
    async def run() -> None:
        opened = partial(connect, database.application_url)
        async with ReadModelWaiter(opened, projection_channel(SEGMENT)) as waiter:
            await test(waiter)

    asyncio.run(run())


def test_many_who_wait_are_woken_by_one_commit(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()

        async def test(waiter: ReadModelWaiter) -> None:
            waits = [asyncio.create_task(waiter.wait_until(day.head, NAMES, 10)) for _ in range(50)]
            await asyncio.sleep(0.3)
            begun = monotonic()
            await asyncio.to_thread(follow, database.application_url)
            assert all(await asyncio.gather(*waits))
            assert monotonic() - begun < 1

        _with_waiter(database, test)


def test_a_position_that_is_reached_already_is_not_waited_for(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    follow(database.application_url)

    async def test(waiter: ReadModelWaiter) -> None:
        assert await waiter.wait_until(day.head, NAMES, 10)
        begun = monotonic()
        assert await waiter.wait_until(day.head, NAMES, 10)
        assert monotonic() - begun < 0.1

    _with_waiter(database, test)


def test_the_wait_is_bounded(database: Any) -> None:
    async def test(waiter: ReadModelWaiter) -> None:
        begun = monotonic()
        assert not await waiter.wait_until(1, NAMES, 0.2)
        assert monotonic() - begun < 1

    _with_waiter(database, test)


def test_all_the_projections_that_are_asked_for_must_have_come(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    follow(database.application_url, ["trades"])

    async def test(waiter: ReadModelWaiter) -> None:
        assert await waiter.wait_until(day.head, ["trades"], 5)
        assert not await waiter.wait_until(day.head, NAMES, 0.2)

    _with_waiter(database, test)
