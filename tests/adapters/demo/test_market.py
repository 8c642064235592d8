from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import sha256

import msgspec
import pytest

from adapters.demo.brokers import (
    SUSPENDED,
    UNKNOWN_ACCOUNTS,
    UNKNOWN_INSTRUMENTS,
    WITHOUT_CASH,
    WITHOUT_SHARES,
    opening_balances,
    reference_data,
)
from adapters.demo.facts import closes, instruments, trading_days
from adapters.demo.faults import faults_among
from adapters.demo.market import DEFAULT_DAY, simulate_day
from adapters.demo.story import DUPLICATE, EXPECTATION_OF, Fault, MarketTrade
from domain.kernel.identifiers import is_identifier
from domain.kernel.rejection import RejectionCode

TRADES = 20_000
DAY = tuple(simulate_day(7, TRADES))
SOUND = [each for each in DAY if each.fault is None]
BY_ID = {each.instrument_id: each for each in instruments()}


def digest(trades: Iterable[MarketTrade]) -> str:
    return sha256(msgspec.json.encode(list(trades))).hexdigest()


def of(fault: Fault) -> list[MarketTrade]:
    return [each for each in DAY if each.fault is fault]


def test_a_seed_gives_the_same_day_again() -> None:
    assert digest(simulate_day(7, TRADES)) == digest(DAY)


def test_another_seed_gives_another_day() -> None:
    assert digest(simulate_day(8, TRADES)) != digest(DAY)


def test_a_seed_gives_the_same_day_on_every_machine() -> None:
    assert digest(simulate_day(1, 500)).startswith("6f87a795b5d72016")


def test_a_day_has_as_many_trades_as_asked_for() -> None:
    assert [len(list(simulate_day(1, trades))) for trades in (0, 1, 64, 65, 1000)] == [
        0, 1, 64, 65, 1000,
    ]  # fmt: skip


def test_a_day_without_prices_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="not 2020-01-04"):
        simulate_day(1, 10, date(2020, 1, 4))


@pytest.mark.parametrize("day", trading_days()[1:], ids=str)
def test_the_last_sound_trade_of_each_instrument_is_at_the_days_real_close(day: date) -> None:
    last = {e.instrument_id: e.price for e in simulate_day(3, 3000, day) if e.fault is None}
    assert last == {each: close.price for each, close in closes()[day].items()}


def test_prices_are_on_the_tick_grid_and_near_the_close() -> None:
    for trade in SOUND:
        close = closes()[DEFAULT_DAY][trade.instrument_id].price
        assert trade.price % BY_ID[trade.instrument_id].tick_size == 0
        assert abs(trade.price / close - 1) < Decimal("0.1")


def test_prices_move_during_the_day() -> None:
    assert len({each.price for each in SOUND if each.instrument_id == "AAPL"}) > 100


def test_outputs_are_exact_numbers() -> None:
    for trade in DAY:
        assert type(trade.price) is Decimal
        assert type(trade.quantity) is int


def test_sound_trades_are_between_two_different_accounts_of_the_listing_venue() -> None:
    accounts = {each.account_id for each in reference_data().accounts if not each.suspended}
    for trade in SOUND:
        assert trade.buyer_account_id != trade.seller_account_id
        assert {trade.buyer_account_id, trade.seller_account_id} <= accounts
        assert trade.venue == BY_ID[trade.instrument_id].mic
        assert trade.trade_date == DEFAULT_DAY
        assert is_identifier(trade.venue_trade_id)


def test_sizes_are_mostly_round_lots_with_a_long_tail() -> None:
    sizes = Counter(each.quantity for each in SOUND)
    assert sizes.most_common(1)[0][0] == 100
    assert max(sizes) >= 10_000
    assert min(sizes) < 100


def test_instruments_with_more_turnover_trade_more_often() -> None:
    traded = Counter(each.instrument_id for each in SOUND)
    assert traded.keys() == BY_ID.keys()
    assert traded["AAPL"] > traded["MSFT"] > traded["CAT"]


@pytest.mark.parametrize("trades", [20_000, 99_999, 250_000])
def test_sound_trades_settle_in_any_order(trades: int) -> None:
    # Sales and purchases of the whole day against the opening alone.
    left: Counter[tuple[str, str]] = Counter()
    for each in opening_balances(trades):
        units = (each.quantity or 0) if each.amount is None else int(each.amount * 100)
        left[each.to_account_id, each.asset_id] += units
    for trade in simulate_day(11, trades):
        if trade.fault is None:
            left[trade.seller_account_id, trade.instrument_id] -= trade.quantity
            left[trade.buyer_account_id, "USD"] -= int(trade.quantity * trade.price * 100)
    assert min(left.values()) >= 0


def test_each_fault_has_its_exact_share() -> None:
    assert Counter(each.fault for each in DAY if each.fault) == faults_among(TRADES)
    assert sum(faults_among(TRADES).values()) == TRADES * 36 // 1000


def test_every_fault_has_an_expectation_and_sound_trades_settle() -> None:
    assert EXPECTATION_OF.keys() == set(Fault)
    assert {each.expectation for each in SOUND} == {"SETTLED"}
    assert all(EXPECTATION_OF[each.fault] == each.expectation for each in DAY if each.fault)


def test_expectations_of_the_ledger_are_its_rejection_codes() -> None:
    at_the_door = {"INVALID_QUANTITY", "VENUE_TRADE_ID_REUSED", DUPLICATE}
    assert set(EXPECTATION_OF.values()) - at_the_door <= set(RejectionCode)


def test_a_duplicate_repeats_an_earlier_sound_trade_exactly() -> None:
    earlier: dict[str, MarketTrade] = {}
    for trade in DAY:
        if trade.fault is Fault.DUPLICATE:
            first = earlier[trade.venue_trade_id]
            assert msgspec.structs.replace(trade, fault=None, expectation="SETTLED") == first
        elif trade.fault is None:
            earlier[trade.venue_trade_id] = trade


def test_a_reused_venue_trade_id_has_other_content_than_the_earlier_sound_trade() -> None:
    earlier: dict[str, MarketTrade] = {}
    for trade in DAY:
        if trade.fault is Fault.VENUE_TRADE_ID_REUSED:
            assert earlier[trade.venue_trade_id].quantity == trade.quantity - 1
        elif trade.fault is None:
            earlier[trade.venue_trade_id] = trade


def test_all_other_trades_have_venue_trade_ids_of_their_own() -> None:
    repeated = {Fault.DUPLICATE, Fault.VENUE_TRADE_ID_REUSED}
    ids = [each.venue_trade_id for each in DAY if each.fault not in repeated]
    assert len(ids) == len(set(ids))


def test_oversellers_never_buy_and_overspenders_never_sell() -> None:
    assert {each.seller_account_id for each in of(Fault.OVERSELL)} == set(WITHOUT_SHARES)
    assert {each.buyer_account_id for each in of(Fault.OVERSPEND)} == set(WITHOUT_CASH)
    assert not {each.buyer_account_id for each in DAY} & set(WITHOUT_SHARES)
    assert not {each.seller_account_id for each in DAY} & set(WITHOUT_CASH)


def test_the_other_faults_are_what_they_say() -> None:
    assert {each.quantity for each in of(Fault.ILL_FORMED)} == {0}
    assert {each.currency for each in of(Fault.WRONG_CURRENCY)} == {"EUR"}
    assert {each.instrument_id for each in of(Fault.UNKNOWN_INSTRUMENT)} == set(UNKNOWN_INSTRUMENTS)
    assert {each.price % Decimal("0.01") for each in of(Fault.OFF_TICK)} == {Decimal("0.005")}


@pytest.mark.parametrize(
    ("fault", "accounts"),
    [(Fault.UNKNOWN_ACCOUNT, UNKNOWN_ACCOUNTS), (Fault.SUSPENDED_ACCOUNT, SUSPENDED)],
)
def test_unknown_and_suspended_accounts_stand_on_either_side(
    fault: Fault, accounts: tuple[str, ...]
) -> None:
    wrong = set(accounts)
    sides = {
        (each.buyer_account_id in wrong, each.seller_account_id in wrong) for each in of(fault)
    }
    assert sides == {(True, False), (False, True)}
