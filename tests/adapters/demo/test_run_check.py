"""The demonstration's own check: silent about a day that adds up, and loud about any other."""

import msgspec
import pytest

from adapters.demo.brokers import opening_balances
from adapters.demo.market import simulate_day
from adapters.demo.run_check import Findings, check_day
from adapters.demo.run_client import ClearedTrade, Holding, Received, Rejection
from adapters.demo.run_day import Day
from adapters.demo.run_tables import complaints
from adapters.demo.story import DUPLICATE, SETTLED, MarketTrade

TRADES = 5_000
MARKET = list(simulate_day(3, TRADES))
BALANCES = opening_balances(TRADES)
AT_THE_DOOR = {"INVALID_QUANTITY", "VENUE_TRADE_ID_REUSED"}


def a_cleared_trade(trade: MarketTrade) -> ClearedTrade:
    settled = trade.expectation == SETTLED
    return ClearedTrade(
        trade_id=trade.venue_trade_id,
        status=SETTLED if settled else "REJECTED",
        instrument_id=trade.instrument_id,
        price=trade.price,
        rejection=None if settled else Rejection(trade.expectation),
    )


def a_perfect_day() -> Day:
    received = [
        Received(number, None, trade.expectation)
        if trade.expectation in AT_THE_DOOR
        else Received(number, trade.venue_trade_id)
        for number, trade in enumerate(MARKET)
    ]
    recorded = [t for t in MARKET if t.expectation not in {*AT_THE_DOOR, DUPLICATE}]
    day = Day(
        received=received,
        accepted_seconds=1.0,
        drained_seconds=1.0,
        last_position=1,
        cleared={trade.venue_trade_id: a_cleared_trade(trade) for trade in recorded},
        holdings=[],
    )
    wrong = check_day(MARKET, BALANCES, day).wrong_holdings
    holdings = [Holding(each.account_id, each.asset_id, each.expected) for each in wrong]
    return msgspec.structs.replace(day, holdings=holdings)


PERFECT = a_perfect_day()


def check(**changes: object) -> Findings:
    return check_day(MARKET, BALANCES, msgspec.structs.replace(PERFECT, **changes))


def test_a_day_as_the_story_demands_adds_up() -> None:
    findings = check()
    assert findings.add_up
    assert complaints(findings) == []
    assert len(findings.closing_prices) == 21


def test_expected_holdings_sum_to_zero_for_every_asset() -> None:
    totals: dict[str, object] = {}
    for each in PERFECT.holdings:
        totals[each.asset_id] = totals.get(each.asset_id, 0) + each.quantity  # type: ignore[operator]
    assert set(totals.values()) == {0}


def test_a_trade_that_is_missing_from_the_read_model_is_found() -> None:
    cleared = dict(PERFECT.cleared)
    cleared.popitem()
    findings = check(cleared=cleared)
    assert not findings.add_up
    assert any("not in the read model" in each for each in complaints(findings))


def test_a_trade_with_another_outcome_is_found() -> None:
    first = MARKET[0].venue_trade_id
    rejected = msgspec.structs.replace(
        PERFECT.cleared[first], status="REJECTED", rejection=Rejection("TICK_SIZE")
    )
    findings = check(cleared=PERFECT.cleared | {first: rejected})
    assert f"{first}: TICK_SIZE instead of SETTLED" in findings.wrong_trades


def test_a_trade_too_many_is_found() -> None:
    extra = a_cleared_trade(msgspec.structs.replace(MARKET[0], venue_trade_id="another"))
    findings = check(cleared=PERFECT.cleared | {"another": extra})
    assert not findings.add_up
    assert findings.recorded == findings.recorded_expected + 1


@pytest.mark.parametrize("number", [0, 100, -1])
def test_a_holding_that_is_off_by_one_is_found(number: int) -> None:
    holdings = list(PERFECT.holdings)
    holdings[number] = msgspec.structs.replace(
        holdings[number], quantity=holdings[number].quantity + 1
    )
    findings = check(holdings=holdings)
    assert [each.account_id for each in findings.wrong_holdings] == [holdings[number].account_id]
    assert not findings.add_up


def test_a_holding_that_is_missing_is_found() -> None:
    findings = check(holdings=PERFECT.holdings[1:])
    assert len(findings.wrong_holdings) == 1
