"""The clearing house: all that decisions read, as a fold over the log."""

from collections.abc import Callable
from typing import Any

from domain.kernel.event import Event
from domain.kernel.invariant import InvariantBroken
from domain.kernel.streams import StreamKind, identifier_of, stream_id
from domain.ledger import account as accounts
from domain.ledger.account import (
    Account,
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    PositionUpdated,
)
from domain.ledger.book import Book
from domain.reference import business_day as days
from domain.reference import instrument as instruments
from domain.reference import participant as participants
from domain.reference.business_day import BusinessDateClosed, BusinessDateOpened, BusinessDay
from domain.reference.instrument import (
    Instrument,
    InstrumentDelisted,
    InstrumentListed,
    InstrumentReinstated,
    InstrumentSuspended,
)
from domain.reference.participant import (
    Participant,
    ParticipantRegistered,
    ParticipantReinstated,
    ParticipantSuspended,
)

STATE_VERSION = 1
"""Raised with any change of this state or of how events change it; checkpoints name it."""


class ClearingHouse:
    """Participants, instruments, accounts with their balances, and the business day.

    Bounded by what is open, not by history: a settled trade leaves no trace but in the balances.
    """

    def __init__(self, segment: str) -> None:
        self.segment = segment
        self.participants: dict[str, Participant] = {}
        self.instruments: dict[str, Instrument] = {}
        self.accounts: dict[str, Account] = {}
        self.account_versions: dict[str, int] = {}
        self.business_day: BusinessDay | None = None
        self.book = Book()
        self._account_prefix = stream_id(segment, StreamKind.ACCOUNT, "")

    def account_stream(self, account_id: str) -> str:
        """The stream of an account of this segment."""
        return self._account_prefix + account_id

    def evolve(self, stream: str, event: Event) -> None:
        """Fold one event in; events of instructions change nothing here."""
        evolver = _EVOLVERS.get(type(event))
        if evolver is not None:
            evolver(self, identifier_of(stream), event)

    def evolve_account(self, stream: str, event: Event) -> int:
        """Fold one event of an account's stream in; returns its version within that stream."""
        account_id = stream[len(self._account_prefix) :]
        _EVOLVERS[type(event)](self, account_id, event)
        return self.account_versions[account_id]


def _position_updated(house: ClearingHouse, account_id: str, event: PositionUpdated) -> None:
    house.account_versions[account_id] += 1
    house.book.apply(account_id, event.movements)


def _account(house: ClearingHouse, account_id: str, event: accounts.AccountEvent) -> None:
    state = house.accounts.get(account_id)
    if isinstance(event, AccountOpened) and event.participant_id not in house.participants:
        raise InvariantBroken(f"{account_id} was opened for nobody: {event.participant_id}")
    house.accounts[account_id] = accounts.evolve(account_id, state, event)
    house.account_versions[account_id] = house.account_versions.get(account_id, 0) + 1


def _participant(
    house: ClearingHouse, participant_id: str, event: participants.ParticipantEvent
) -> None:
    state = house.participants.get(participant_id)
    house.participants[participant_id] = participants.evolve(participant_id, state, event)


def _instrument(
    house: ClearingHouse, instrument_id: str, event: instruments.InstrumentEvent
) -> None:
    state = house.instruments.get(instrument_id)
    house.instruments[instrument_id] = instruments.evolve(instrument_id, state, event)


def _business_day(house: ClearingHouse, _calendar: str, event: days.BusinessDayEvent) -> None:
    house.business_day = days.evolve(house.business_day, event)


_EVOLVERS: dict[type[Event], Callable[[ClearingHouse, str, Any], None]] = {
    PositionUpdated: _position_updated,
    AccountOpened: _account,
    AccountSuspended: _account,
    AccountReinstated: _account,
    ParticipantRegistered: _participant,
    ParticipantSuspended: _participant,
    ParticipantReinstated: _participant,
    InstrumentListed: _instrument,
    InstrumentSuspended: _instrument,
    InstrumentReinstated: _instrument,
    InstrumentDelisted: _instrument,
    BusinessDateOpened: _business_day,
    BusinessDateClosed: _business_day,
}

REFERENCE_EVENTS: frozenset[type[Event]] = frozenset(_EVOLVERS) - {
    PositionUpdated,
    AccountSuspended,
    AccountReinstated,
}
"""What others than the clearing worker write and its decisions depend on."""
