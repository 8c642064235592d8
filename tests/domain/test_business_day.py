from datetime import date, timedelta

import pytest

from domain.kernel.invariant import InvariantBroken
from domain.reference.business_day import (
    TRADE_DATE_AGE_MAXIMUM_DAYS,
    BusinessDateClosed,
    BusinessDateOpened,
    BusinessDay,
    accepts_trade_date,
    close_day,
    evolve,
    open_day,
)
from tests.builders import MONDAY, TUESDAY
from tests.domain.specification import when

OPEN = BusinessDay(business_date=MONDAY, is_open=True)
CLOSED = BusinessDay(business_date=MONDAY, is_open=False)
FRIDAY = date(2026, 1, 2)
SATURDAY = date(2026, 1, 3)


def test_the_first_business_day_is_opened() -> None:
    when(open_day, None, MONDAY).then(BusinessDateOpened(business_date=MONDAY))


def test_the_next_day_is_opened_when_the_last_is_closed() -> None:
    when(open_day, CLOSED, TUESDAY).then(BusinessDateOpened(business_date=TUESDAY))


def test_opening_the_open_day_again_decides_nothing() -> None:
    when(open_day, OPEN, MONDAY).then_nothing()


def test_two_days_are_never_open_at_once() -> None:
    when(open_day, OPEN, TUESDAY).then_rejected("BUSINESS_DAY_OPEN")


@pytest.mark.parametrize("day", [MONDAY, FRIDAY])
def test_business_dates_only_go_forward(day: date) -> None:
    when(open_day, CLOSED, day).then_rejected("BUSINESS_DATE_NOT_LATER")


@pytest.mark.parametrize("day", [SATURDAY, SATURDAY + timedelta(days=1)])
def test_weekends_are_not_business_days(day: date) -> None:
    when(open_day, None, day).then_rejected("NOT_A_BUSINESS_DAY")


def test_the_open_day_is_closed() -> None:
    when(close_day, OPEN).then(BusinessDateClosed(business_date=MONDAY))


def test_closing_the_closed_day_again_decides_nothing() -> None:
    when(close_day, CLOSED).then_nothing()


def test_nothing_can_be_closed_before_anything_was_opened() -> None:
    when(close_day, None).then_rejected("BUSINESS_DAY_CLOSED")


def test_opening_and_closing_are_folded() -> None:
    opened = evolve(None, BusinessDateOpened(business_date=MONDAY))
    assert opened == OPEN
    assert evolve(opened, BusinessDateClosed(business_date=MONDAY)) == CLOSED


@pytest.mark.parametrize("state", [None, BusinessDay(business_date=TUESDAY, is_open=True)])
def test_a_log_that_closes_a_day_that_was_not_open_is_broken(state: BusinessDay | None) -> None:
    with pytest.raises(InvariantBroken):
        evolve(state, BusinessDateClosed(business_date=MONDAY))


@pytest.mark.parametrize(
    ("age_days", "accepted"),
    [
        (-1, False),
        (0, True),
        (1, True),
        (TRADE_DATE_AGE_MAXIMUM_DAYS, True),
        (TRADE_DATE_AGE_MAXIMUM_DAYS + 1, False),
    ],
)
def test_trades_are_taken_from_a_window_of_trade_dates(age_days: int, *, accepted: bool) -> None:
    assert accepts_trade_date(OPEN, MONDAY - timedelta(days=age_days)) is accepted


def test_before_the_first_business_day_every_trade_date_is_taken() -> None:
    assert accepts_trade_date(None, MONDAY)
