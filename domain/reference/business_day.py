"""The business day: the ledger's own date, opened and closed by events, never read from a clock."""

from datetime import date

import msgspec

from domain.kernel.event import Event
from domain.kernel.invariant import InvariantBroken
from domain.kernel.rejection import CommandRefused

TRADE_DATE_AGE_MAXIMUM_DAYS = 30
"""How many days before the business date a trade may have been made to be accepted."""

# Events


class BusinessDateOpened(Event, frozen=True, kw_only=True):
    """From here on instructions are dated `business_date`. The stream's id names the calendar."""

    business_date: date


class BusinessDateClosed(Event, frozen=True, kw_only=True):
    """No movement takes `business_date` any more."""

    business_date: date


BusinessDayEvent = BusinessDateOpened | BusinessDateClosed


# State


class BusinessDay(msgspec.Struct, frozen=True, kw_only=True):
    """The last business date that was opened, and whether it still is."""

    business_date: date
    is_open: bool


def evolve(state: BusinessDay | None, event: BusinessDayEvent) -> BusinessDay:
    """The business day after `event`."""
    if isinstance(event, BusinessDateOpened):
        return BusinessDay(business_date=event.business_date, is_open=True)
    if state is None or state.business_date != event.business_date:
        raise InvariantBroken(f"{event.business_date.isoformat()} was closed but not open")
    return msgspec.structs.replace(state, is_open=False)


# Commands


def open_day(state: BusinessDay | None, business_date: date) -> list[BusinessDayEvent]:
    """Open a later date than any before; raises `CommandRefused` while one is open."""
    if state is not None:
        if state.is_open and state.business_date == business_date:
            return []
        if state.is_open:
            raise CommandRefused(
                "BUSINESS_DAY_OPEN", f"close {state.business_date.isoformat()} first"
            )
        if business_date <= state.business_date:
            raise CommandRefused(
                "BUSINESS_DATE_NOT_LATER",
                f"the next business date is later than {state.business_date.isoformat()}",
            )
    if business_date.weekday() >= 5:
        raise CommandRefused(
            "NOT_A_BUSINESS_DAY", f"{business_date.isoformat()} is a Saturday or a Sunday"
        )
    return [BusinessDateOpened(business_date=business_date)]


def close_day(state: BusinessDay | None) -> list[BusinessDayEvent]:
    """Close the open date; closing twice decides nothing.

    Raises `CommandRefused` when none was ever open.
    """
    if state is None:
        raise CommandRefused("BUSINESS_DAY_CLOSED", "no business date was opened yet")
    if not state.is_open:
        return []
    return [BusinessDateClosed(business_date=state.business_date)]


def accepts_trade_date(state: BusinessDay | None, trade_date: date) -> bool:
    """Whether a trade made on `trade_date` is taken: recent, and not in the future."""
    if state is None or trade_date == state.business_date:
        return True
    age = (state.business_date - trade_date).days
    return 0 <= age <= TRADE_DATE_AGE_MAXIMUM_DAYS
