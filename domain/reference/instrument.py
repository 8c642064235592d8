"""An instrument: a security that is traded, with the rules that its trades obey."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.kernel.currency import is_currency
from domain.kernel.event import Event
from domain.kernel.identifiers import is_identifier, is_isin, is_mic
from domain.kernel.invariant import InvariantBroken
from domain.kernel.money import QUANTITY_MAXIMUM, MalformedNumber, price_units
from domain.kernel.rejection import CommandRefused


class SettlementModel(StrEnum):
    """How the instrument's trades settle: trade by trade, or netted per settlement day."""

    GROSS = "gross"
    NET = "net"


# Events


class InstrumentListed(Event, frozen=True, kw_only=True):
    """An instrument may be traded.

    `lot_size` is in units of the instrument, `tick_size` in units of `currency`; `cycle_days` is
    the n of T+n in settlement business days. `issuer_account_id` holds the negative of what was
    issued.
    """

    isin: str
    name: str
    currency: str
    lot_size: int
    tick_size: Decimal
    settlement_model: SettlementModel
    cycle_days: int
    mic: str
    issuer_account_id: str | None = None


class InstrumentSuspended(Event, frozen=True, kw_only=True):
    """Trades in the instrument are rejected until it is reinstated."""

    reason_digest: str


class InstrumentReinstated(Event, frozen=True, kw_only=True):
    """The instrument may be traded again."""

    reason_digest: str


class InstrumentDelisted(Event, frozen=True, kw_only=True):
    """The instrument is never traded again."""

    reason_digest: str


InstrumentEvent = InstrumentListed | InstrumentSuspended | InstrumentReinstated | InstrumentDelisted


# State


class InstrumentStatus(StrEnum):
    """Whether an instrument may be traded."""

    LISTED = "LISTED"
    SUSPENDED = "SUSPENDED"
    DELISTED = "DELISTED"


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions read of an instrument; `tick_units` is the tick in units of 10^-8."""

    instrument_id: str
    currency: str
    lot_size: int
    tick_size: Decimal
    tick_units: int
    cycle_days: int
    issuer_account_id: str | None = None
    status: InstrumentStatus = InstrumentStatus.LISTED


_STATUS_AFTER: dict[type[Event], InstrumentStatus] = {
    InstrumentSuspended: InstrumentStatus.SUSPENDED,
    InstrumentReinstated: InstrumentStatus.LISTED,
    InstrumentDelisted: InstrumentStatus.DELISTED,
}


def evolve(instrument_id: str, state: Instrument | None, event: InstrumentEvent) -> Instrument:
    """The instrument after `event`."""
    if isinstance(event, InstrumentListed):
        return Instrument(
            instrument_id=instrument_id,
            currency=event.currency,
            lot_size=event.lot_size,
            tick_size=event.tick_size,
            tick_units=price_units(event.tick_size),
            cycle_days=event.cycle_days,
            issuer_account_id=event.issuer_account_id,
        )
    if state is None:
        raise InvariantBroken(f"{type(event).__name__} before InstrumentListed")
    return msgspec.structs.replace(state, status=_STATUS_AFTER[type(event)])


# Commands


def list_instrument(
    instrument_id: str, state: Instrument | None, event: InstrumentListed
) -> list[InstrumentEvent]:
    """List a new instrument; raises `CommandRefused` for what this version cannot settle."""
    if state is not None:
        raise CommandRefused("INSTRUMENT_EXISTS", f"instrument {instrument_id} is listed already")
    _check_codes(instrument_id, event)
    _check_grid(event)
    if event.settlement_model is not SettlementModel.GROSS or event.cycle_days != 0:
        raise CommandRefused(
            "SETTLEMENT_CYCLE_NOT_SUPPORTED",
            "instruments settle gross on the trade date: list with settlement model gross, cycle 0",
        )
    return [event]


def _check_codes(instrument_id: str, event: InstrumentListed) -> None:
    if not is_identifier(instrument_id):
        raise CommandRefused("INVALID_INSTRUMENT", f"{instrument_id!r} is not an id")
    if is_currency(instrument_id):
        raise CommandRefused("INVALID_INSTRUMENT", f"{instrument_id} is the code of a currency")
    if not is_isin(event.isin):
        raise CommandRefused("INVALID_ISIN", f"{event.isin} is not an ISIN (ISO 6166)")
    if not is_currency(event.currency):
        raise CommandRefused("INVALID_CURRENCY", f"{event.currency} is not an ISO 4217 code")
    if not is_mic(event.mic):
        raise CommandRefused("INVALID_MIC", f"{event.mic} is not a MIC (ISO 10383)")


def _check_grid(event: InstrumentListed) -> None:
    if not 0 < event.lot_size <= QUANTITY_MAXIMUM:
        raise CommandRefused("INVALID_LOT_SIZE", f"a lot has 1 to {QUANTITY_MAXIMUM} units")
    try:
        price_units(event.tick_size)
    except MalformedNumber as error:
        raise CommandRefused("INVALID_TICK_SIZE", f"the tick is a price: {error}") from error


def suspend(state: Instrument, reason_digest: str) -> list[InstrumentEvent]:
    """Suspending twice decides nothing; a delisted instrument refuses."""
    _refuse_delisted(state)
    if state.status is InstrumentStatus.SUSPENDED:
        return []
    return [InstrumentSuspended(reason_digest=reason_digest)]


def reinstate(state: Instrument, reason_digest: str) -> list[InstrumentEvent]:
    """Reinstating an instrument that is not suspended decides nothing; a delisted one refuses."""
    _refuse_delisted(state)
    if state.status is InstrumentStatus.LISTED:
        return []
    return [InstrumentReinstated(reason_digest=reason_digest)]


def delist(state: Instrument, reason_digest: str) -> list[InstrumentEvent]:
    """Delisting twice decides nothing."""
    if state.status is InstrumentStatus.DELISTED:
        return []
    return [InstrumentDelisted(reason_digest=reason_digest)]


def _refuse_delisted(state: Instrument) -> None:
    if state.status is InstrumentStatus.DELISTED:
        raise CommandRefused("INSTRUMENT_DELISTED", f"{state.instrument_id} was delisted for good")
