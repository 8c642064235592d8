"""Waiting for what becomes of an instruction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.ledger.outcomes import LedgerOutcomes
from domain.clearing.trade import TradeRejected, TradeSettled
from tests.adapters.ledger.support import open_market, query, record, running_worker, settle_all
from tests.adapters.worker.test_worker import trade
from tests.builders import SEGMENT, of
from tests.conftest import Database

LONG, SHORT = 60.0, 0.3


def with_outcomes(database: Database, use: Callable[[LedgerOutcomes], Awaitable[Any]]) -> Any:
    """What `use` returns, with outcomes that are followed meanwhile."""

    async def run() -> Any:
        outcomes = LedgerOutcomes(database.application_url, segment=SEGMENT)
        await outcomes.start()
        try:
            return await use(outcomes)
        finally:
            await outcomes.close()

    return asyncio.run(run())


@pytest.fixture
def market(database: Database) -> Database:
    open_market(database)
    return database


def test_an_outcome_that_is_there_is_found(market: Database) -> None:
    record(market, [trade(1), trade(2, quantity=10**6)])
    settle_all(market)

    async def both(outcomes: LedgerOutcomes) -> list[Any]:
        return [await outcomes.wait(of("trade", name), LONG) for name in ("T1", "T2")]

    settled, rejected = with_outcomes(market, both)
    assert isinstance(settled.event, TradeSettled)
    assert isinstance(rejected.event, TradeRejected)
    assert settled.position < rejected.position


def test_those_who_wait_are_told_when_it_comes(market: Database) -> None:
    async def wait_then_decide(outcomes: LedgerOutcomes) -> list[Any]:
        waits = [asyncio.create_task(outcomes.wait(of("trade", "T1"), LONG)) for _ in range(20)]
        (position,) = await asyncio.to_thread(record, market, [trade(1)])
        waits.append(asyncio.create_task(outcomes.decided(position, LONG)))  # type: ignore[arg-type]
        return await asyncio.gather(*waits)

    with running_worker(market):
        *told, decided = with_outcomes(market, wait_then_decide)
    assert {type(outcome.event) for outcome in told} == {TradeSettled}
    assert decided is True


def test_waiting_ends_when_time_is_up(market: Database) -> None:
    (position,) = record(market, [trade(1)])

    async def both(outcomes: LedgerOutcomes) -> Any:
        return await asyncio.gather(
            outcomes.wait(of("trade", "T1"), SHORT), outcomes.decided(position, SHORT)
        )

    assert list(with_outcomes(market, both)) == [None, False]


def test_a_lost_connection_is_made_again_for_those_who_wait(market: Database) -> None:
    record(market, [trade(1)])

    async def lose(outcomes: LedgerOutcomes) -> Any:
        waiting = asyncio.create_task(outcomes.wait(of("trade", "T1"), LONG))
        ended: list[Any] = []
        while not ended:
            ended = await asyncio.to_thread(
                query,
                market.application_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'clearing outcomes' AND datname = current_database()",
            )
        await asyncio.to_thread(settle_all, market)
        return await waiting

    assert isinstance(with_outcomes(market, lose).event, TradeSettled)


def test_an_event_of_unknown_type_ends_nobody_elses_wait(market: Database) -> None:
    record(market, [trade(1)])
    settle_all(market)
    query(
        market.owner_url,
        "INSERT INTO ledger_events SELECT max(notification_id) + 1, now(), gen_random_uuid(), 1,"
        " NULL, 'us:trade:X', 'TradeNovated.v1', '{}', NULL FROM ledger_events",
    )

    async def both(outcomes: LedgerOutcomes) -> list[Any]:
        unknown = asyncio.create_task(outcomes.wait(of("trade", "X"), SHORT))
        return [await unknown, await outcomes.wait(of("trade", "T1"), LONG)]

    unknown, settled = with_outcomes(market, both)
    assert unknown is None
    assert isinstance(settled.event, TradeSettled)
