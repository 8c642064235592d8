from decimal import Decimal

import pytest

from domain.clearing.trade import TradeRejected, TradeSettled, TradeValidated
from domain.kernel.money import BALANCE_MAXIMUM
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import AccountSuspended, Movement, PositionUpdated
from tests.builders import (
    MONDAY,
    a_clearing_house,
    a_market,
    a_position,
    a_submitted_trade,
    an_opened_account,
    of,
)
from tests.domain.specification import given


def _updated(cause: str, *movements: Movement) -> PositionUpdated:
    return PositionUpdated(
        cause=cause, business_date=MONDAY, value_date=MONDAY, movements=movements
    )


def test_a_trade_settles_both_legs_of_both_accounts_at_once() -> None:
    given(*a_market()).when(a_submitted_trade()).then(
        (
            of("trade", "T1"),
            TradeValidated(
                buyer_account_id="ACC100",
                currency="USD",
                consideration=15_000_00,
                trade_date=MONDAY,
                settlement_date_intended=MONDAY,
                business_date=MONDAY,
            ),
        ),
        (
            of("account", "ACC200"),
            _updated(
                "trade:T1", Movement("AAPL", -100, 900), Movement("USD", 15_000_00, 15_000_00)
            ),
        ),
        (
            of("account", "ACC100"),
            _updated(
                "trade:T1", Movement("AAPL", 100, 100), Movement("USD", -15_000_00, 985_000_00)
            ),
        ),
        (
            of("trade", "T1"),
            TradeSettled(
                instrument_id="AAPL",
                buyer_account_id="ACC100",
                seller_account_id="ACC200",
                buyer_participant_id="BROKER100",
                seller_participant_id="BROKER200",
                quantity=100,
                currency="USD",
                consideration=15_000_00,
                business_date=MONDAY,
            ),
        ),
    )


def test_deciding_changes_nothing_until_the_events_are_folded_in() -> None:
    specification = given(*a_market())
    specification.when(a_submitted_trade())
    assert specification.house.book.balance("ACC200", "AAPL") == 1_000


def test_a_consideration_that_rounds_to_nothing_moves_no_cash() -> None:
    market = a_market(tick_size=Decimal("0.0001"))
    decided = given(*market).when(a_submitted_trade(quantity=1, price=Decimal("0.0049"))).decided
    assert [event.movements for _, event in decided[1:3]] == [
        (Movement("AAPL", -1, 999),),
        (Movement("AAPL", 1, 1),),
    ]
    assert decided[0][1].consideration == 0


def test_half_a_cent_is_rounded_up_once_and_for_both_sides() -> None:
    market = a_market(tick_size=Decimal("0.001"))
    decided = given(*market).when(a_submitted_trade(quantity=1, price=Decimal("0.005"))).decided
    cash = [event.movements[1].amount for _, event in decided[1:3]]
    assert cash == [1, -1]


def test_the_trade_date_is_the_business_date_unless_the_trade_brings_its_own() -> None:
    friday = MONDAY.replace(day=2)
    decided = given(*a_market()).when(a_submitted_trade(trade_date=friday)).decided
    validated = decided[0][1]
    assert (validated.trade_date, validated.settlement_date_intended) == (friday, MONDAY)


def test_the_currency_may_be_named_when_it_is_the_instruments() -> None:
    assert len(given(*a_market()).when(a_submitted_trade(currency="USD")).decided) == 4


def test_everything_that_is_held_can_be_sold() -> None:
    decided = given(*a_market()).when(a_submitted_trade(quantity=1_000)).decided
    assert decided[1][1].movements[0] == Movement("AAPL", -1_000, 0)


def test_one_share_more_than_is_held_is_an_oversell() -> None:
    given(*a_market()).when(a_submitted_trade(quantity=1_001)).then_rejected(
        RejectionCode.INSUFFICIENT_SECURITIES, Side.SELLER
    )


def test_all_the_cash_can_be_spent_and_not_a_cent_more() -> None:
    specification = given(*a_market())
    spent = specification.when(a_submitted_trade(price=Decimal(10_000))).decided
    assert spent[2][1].movements[1].balance == 0
    specification.when(a_submitted_trade(price=Decimal("10000.01"))).then_rejected(
        RejectionCode.INSUFFICIENT_CASH, Side.BUYER
    )


def test_cash_may_go_down_to_the_limit_of_the_account() -> None:
    limited = [
        *a_market(),
        (of("account", "ACC101"), an_opened_account("BROKER100", cash_limits={"USD": 15_000_00})),
    ]
    trade = a_submitted_trade(buyer_account_id="ACC101")
    decided = given(*limited).when(trade).decided
    assert decided[2][1].movements[1] == Movement("USD", -15_000_00, -15_000_00)
    dearer = a_submitted_trade(buyer_account_id="ACC101", price=Decimal("150.01"))
    given(*limited).when(dearer).then_rejected(RejectionCode.INSUFFICIENT_CASH, Side.BUYER)


def test_a_limit_counts_in_its_own_currency_only() -> None:
    other = (of("account", "ACC101"), an_opened_account("BROKER100", cash_limits={"EUR": 10**9}))
    trade = a_submitted_trade(buyer_account_id="ACC101")
    given(*a_market(), other).when(trade).then_rejected(RejectionCode.INSUFFICIENT_CASH, Side.BUYER)


def test_a_seller_in_debit_may_still_receive_cash() -> None:
    overdrawn = [
        *a_market(),
        (of("account", "ACC201"), an_opened_account("BROKER200", cash_limits={"USD": 1})),
        a_position("ACC201", ("AAPL", 100, 100), ("USD", -20_000_00, -20_000_00)),
    ]
    decided = given(*overdrawn).when(a_submitted_trade(seller_account_id="ACC201")).decided
    assert decided[1][1].movements[1] == Movement("USD", 15_000_00, -5_000_00)


def test_a_balance_that_the_ledger_cannot_store_is_refused() -> None:
    full = [*a_market(), (of("account", "ACC201"), an_opened_account("BROKER200"))]
    full.append(a_position("ACC201", ("AAPL", 100, 100)))
    full.append(a_position("ACC201", ("USD", BALANCE_MAXIMUM, BALANCE_MAXIMUM)))
    given(*full).when(a_submitted_trade(seller_account_id="ACC201")).then_rejected(
        RejectionCode.BALANCE_OUT_OF_RANGE, Side.SELLER
    )


def test_a_consideration_above_the_most_that_may_move_is_refused() -> None:
    rich = [
        *a_market(),
        (of("account", "ACC101"), an_opened_account("BROKER100")),
        (of("account", "ACC201"), an_opened_account("BROKER200")),
        a_position("ACC101", ("USD", BALANCE_MAXIMUM, BALANCE_MAXIMUM)),
        a_position("ACC201", ("AAPL", 10**9, 10**9)),
    ]
    trade = a_submitted_trade(
        buyer_account_id="ACC101",
        seller_account_id="ACC201",
        quantity=10**9,
        price=Decimal(2_000_000),
    )
    given(*rich).when(trade).then_rejected(RejectionCode.BALANCE_OUT_OF_RANGE, None)


def test_a_rejection_names_the_participants_that_are_known() -> None:
    decided = given(*a_market()).when(a_submitted_trade(buyer_account_id="NOBODY")).decided
    assert decided == [
        (
            of("trade", "T1"),
            TradeRejected(
                code=RejectionCode.UNKNOWN_ACCOUNT,
                side=Side.BUYER,
                instrument_id="AAPL",
                buyer_account_id="NOBODY",
                seller_account_id="ACC200",
                seller_participant_id="BROKER200",
                business_date=MONDAY,
            ),
        )
    ]


def test_of_two_unknown_accounts_the_buyers_is_named() -> None:
    trade = a_submitted_trade(buyer_account_id="NOBODY", seller_account_id="NO-ONE")
    given(*a_market()).when(trade).then_rejected(RejectionCode.UNKNOWN_ACCOUNT, Side.BUYER)


def test_of_two_suspended_accounts_the_buyers_is_named() -> None:
    suspended = [
        (of("account", account_id), AccountSuspended(cause="administration:1"))
        for account_id in ("ACC100", "ACC200")
    ]
    given(*a_market(), *suspended).when(a_submitted_trade()).then_rejected(
        RejectionCode.ACCOUNT_SUSPENDED, Side.BUYER
    )


@pytest.mark.parametrize("account_id", ["BANK", "ISSUER"])
def test_house_accounts_do_not_trade(account_id: str) -> None:
    given(*a_market()).when(a_submitted_trade(seller_account_id=account_id)).then_rejected(
        RejectionCode.ACCOUNT_KIND_NOT_ALLOWED, Side.SELLER
    )


def test_settling_the_same_shares_twice_in_a_row_is_an_oversell() -> None:
    house = a_clearing_house(*a_market())
    specification = given(*a_market())
    specification.house = house
    for stream, event in specification.when(a_submitted_trade(quantity=600)).decided:
        house.evolve(stream, event)
    specification.when(a_submitted_trade(quantity=600)).then_rejected(
        RejectionCode.INSUFFICIENT_SECURITIES, Side.SELLER
    )
