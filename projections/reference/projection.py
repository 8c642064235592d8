"""Reference data: a row when something is set up, amended when its state changes."""

from typing import Any, ClassVar, LiteralString

from domain.kernel.event import Event
from domain.kernel.streams import identifier_of
from domain.ledger.account import AccountOpened, AccountReinstated, AccountSuspended
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.reference.business_day import BusinessDateClosed, BusinessDateOpened
from domain.reference.instrument import (
    InstrumentDelisted,
    InstrumentListed,
    InstrumentReinstated,
    InstrumentStatus,
    InstrumentSuspended,
)
from domain.reference.participant import (
    ParticipantRegistered,
    ParticipantReinstated,
    ParticipantSuspended,
)
from projections.changes import Amend, Change, Handlers, Insert, Row, Table
from projections.recorded_event import RecordedEvent
from projections.reference.tables import (
    ACCOUNT_REQUESTS,
    ACCOUNTS,
    AMEND_ACCOUNT,
    AMEND_INSTRUMENT,
    AMEND_PARTICIPANT,
    BUSINESS_DAYS,
    CLOSE_BUSINESS_DAY,
    INSTRUMENTS,
    PARTICIPANTS,
)

_STATUS_AFTER: dict[type[Event], InstrumentStatus] = {
    InstrumentSuspended: InstrumentStatus.SUSPENDED,
    InstrumentReinstated: InstrumentStatus.LISTED,
    InstrumentDelisted: InstrumentStatus.DELISTED,
}


class ReferenceProjection:
    """See the module. What is set up in a batch is written before what changes in it."""

    name: ClassVar[str] = "reference"
    tables: ClassVar[tuple[Table, ...]] = (
        PARTICIPANTS,
        INSTRUMENTS,
        ACCOUNTS,
        ACCOUNT_REQUESTS,
        BUSINESS_DAYS,
    )

    def __init__(self) -> None:
        self._new: dict[LiteralString, list[Row]] = {table.name: [] for table in self.tables}
        self._amendments: list[Amend] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            ParticipantRegistered: self._when_registered,
            ParticipantSuspended: self._when_participant_changed,
            ParticipantReinstated: self._when_participant_changed,
            InstrumentListed: self._when_listed,
            InstrumentSuspended: self._when_instrument_changed,
            InstrumentReinstated: self._when_instrument_changed,
            InstrumentDelisted: self._when_instrument_changed,
            AccountOpened: self._when_account_opened,
            AccountSuspended: self._when_account_changed,
            AccountReinstated: self._when_account_changed,
            AccountSuspensionRequested: self._when_requested,
            AccountReinstatementRequested: self._when_requested,
            BusinessDateOpened: self._when_day_opened,
            BusinessDateClosed: self._when_day_closed,
        }

    def _when_registered(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is ParticipantRegistered
        participant_id = identifier_of(recorded.stream)
        self._new[PARTICIPANTS.name].append(
            (participant_id, event.name, event.lei, event.bic, False, recorded.position)
        )

    def _when_participant_changed(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert isinstance(event, ParticipantSuspended | ParticipantReinstated)
        self._amend(
            recorded,
            AMEND_PARTICIPANT,
            suspended=isinstance(event, ParticipantSuspended),
            reason_digest=event.reason_digest,
        )

    def _when_listed(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is InstrumentListed
        self._new[INSTRUMENTS.name].append(
            (
                identifier_of(recorded.stream),
                event.isin,
                event.name,
                event.currency,
                event.lot_size,
                event.tick_size,
                event.settlement_model,
                event.cycle_days,
                event.mic,
                event.issuer_account_id,
                InstrumentStatus.LISTED,
                recorded.position,
            )
        )

    def _when_instrument_changed(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert isinstance(event, InstrumentSuspended | InstrumentReinstated | InstrumentDelisted)
        self._amend(
            recorded,
            AMEND_INSTRUMENT,
            status=_STATUS_AFTER[type(event)],
            reason_digest=event.reason_digest,
        )

    def _when_account_opened(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is AccountOpened
        self._new[ACCOUNTS.name].append(
            (
                identifier_of(recorded.stream),
                event.participant_id,
                event.clearing_member_id,
                event.kind,
                event.capture_policy,
                event.cash_limits,
                False,
                recorded.position,
            )
        )

    def _when_account_changed(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert isinstance(event, AccountSuspended | AccountReinstated)
        self._amend(
            recorded,
            AMEND_ACCOUNT,
            suspended=isinstance(event, AccountSuspended),
            cause=event.cause,
        )

    def _when_requested(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert isinstance(event, AccountSuspensionRequested | AccountReinstatementRequested)
        # As the account's event names it: the stream without its segment.
        request = recorded.stream.partition(":")[2]
        self._new[ACCOUNT_REQUESTS.name].append(
            (request, event.account_id, event.reason_digest, recorded.position)
        )

    def _when_day_opened(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is BusinessDateOpened
        self._new[BUSINESS_DAYS.name].append(
            (
                identifier_of(recorded.stream),
                event.business_date,
                recorded.position,
                recorded.recorded_at,
            )
        )

    def _when_day_closed(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is BusinessDateClosed
        self._amend(
            recorded,
            CLOSE_BUSINESS_DAY,
            business_date=event.business_date,
            recorded_at=recorded.recorded_at,
        )

    def _amend(self, recorded: RecordedEvent, statement: LiteralString, **parameters: Any) -> None:
        fixed = {"id": identifier_of(recorded.stream), "position": recorded.position}
        self._amendments.append(Amend(statement, {**fixed, **parameters}))

    def changes(self) -> list[Change]:
        """New rows, then amendments in the order in which they happened."""
        new = [Insert(table, self._new[table.name]) for table in self.tables]
        return [*new, *self._amendments]
