"""The one translator between what is stored and what is published.

Each pair of classes is declared apart and matched here by the names of their fields, when the
program starts: a pair that does not match stops it. The way back loses nothing that a projection
reads, so that rows cannot depend on the feed.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Union, cast

import msgspec

from domain.clearing import trade
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind
from domain.ledger import account, administration
from domain.reference import business_day, instrument, participant
from domain.settlement import transfer
from projections.public_events import account_events, trade_events, transfer_events
from projections.public_events import reference_events as reference
from projections.public_events.account_events import PublicMovement
from projections.public_events.envelope import Heartbeat, PublicEvent
from projections.recorded_event import RecordedEvent

Translate = Callable[[RecordedEvent], PublicEvent]
TranslateBack = Callable[[str, Any], RecordedEvent]

_ENVELOPE: Final = 2
_ACTOR: Final = "submitted_by"

PUBLIC_TYPES: Final[Mapping[type[Event], tuple[StreamKind, type[PublicEvent]]]] = MappingProxyType(
    {
        trade.TradeSubmitted: (StreamKind.TRADE, trade_events.TradeSubmitted),
        trade.TradeValidated: (StreamKind.TRADE, trade_events.TradeValidated),
        trade.TradeRejected: (StreamKind.TRADE, trade_events.TradeRejected),
        trade.TradeSettled: (StreamKind.TRADE, trade_events.TradeSettled),
        transfer.TransferSubmitted: (StreamKind.TRANSFER, transfer_events.TransferSubmitted),
        transfer.TransferSettled: (StreamKind.TRANSFER, transfer_events.TransferSettled),
        transfer.TransferRejected: (StreamKind.TRANSFER, transfer_events.TransferRejected),
        account.PositionUpdated: (StreamKind.ACCOUNT, account_events.PositionUpdated),
        account.AccountOpened: (StreamKind.ACCOUNT, account_events.AccountOpened),
        account.AccountSuspended: (StreamKind.ACCOUNT, account_events.AccountSuspended),
        account.AccountReinstated: (StreamKind.ACCOUNT, account_events.AccountReinstated),
        administration.AccountSuspensionRequested: (
            StreamKind.ADMINISTRATION,
            account_events.AccountSuspensionRequested,
        ),
        administration.AccountReinstatementRequested: (
            StreamKind.ADMINISTRATION,
            account_events.AccountReinstatementRequested,
        ),
        participant.ParticipantRegistered: (
            StreamKind.PARTICIPANT,
            reference.ParticipantRegistered,
        ),
        participant.ParticipantSuspended: (StreamKind.PARTICIPANT, reference.ParticipantSuspended),
        participant.ParticipantReinstated: (
            StreamKind.PARTICIPANT,
            reference.ParticipantReinstated,
        ),
        instrument.InstrumentListed: (StreamKind.INSTRUMENT, reference.InstrumentListed),
        instrument.InstrumentSuspended: (StreamKind.INSTRUMENT, reference.InstrumentSuspended),
        instrument.InstrumentReinstated: (StreamKind.INSTRUMENT, reference.InstrumentReinstated),
        instrument.InstrumentDelisted: (StreamKind.INSTRUMENT, reference.InstrumentDelisted),
        business_day.BusinessDateOpened: (StreamKind.DAY, reference.BusinessDateOpened),
        business_day.BusinessDateClosed: (StreamKind.DAY, reference.BusinessDateClosed),
    }
)
"""Which class is published for which stored one, and the kind of stream that it stands in."""


def translate(recorded: RecordedEvent) -> PublicEvent:
    """The public event of a stored one; raises `KeyError` for a class that has none."""
    return TRANSLATORS[type(recorded[3])](recorded)


def translate_back(segment: str, event: PublicEvent) -> RecordedEvent:
    """What the ledger recorded, as a projection reads it."""
    return _BACK[type(event)](segment, event)


def public_event_of(value: bytes) -> PublicEvent | Heartbeat:
    """Read a record's value; raises msgspec's errors."""
    return cast(PublicEvent | Heartbeat, PUBLIC_DECODER.decode(value))


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) == 1:
        (name,) = names
        return lambda event: (getattr(event, name),)
    return cast(Callable[[Any], tuple[Any, ...]], attrgetter(*names))


def _names(stored: type[Event], public: type[PublicEvent]) -> tuple[str, ...]:
    """The fields behind envelope and id, which must be those of the stored class, in its order."""
    names = tuple(name for name in public.__struct_fields__[_ENVELOPE + 1 :] if name != _ACTOR)
    if names != stored.__struct_fields__:
        raise TypeError(f"{public.__qualname__} does not match {stored.__qualname__}")
    return names


def _translator(stored: type[Event], kind: StreamKind, public: type[PublicEvent]) -> Translate:
    get = _getter(_names(stored, public))
    marker = f":{kind.value}:"
    make: Callable[..., PublicEvent] = public

    def of_event(recorded: RecordedEvent) -> PublicEvent:
        position, recorded_at, stream, event, _ = recorded
        return make(position, recorded_at, stream.partition(marker)[2], *get(event))

    def of_first_event(recorded: RecordedEvent) -> PublicEvent:
        position, recorded_at, stream, event, actor = recorded
        return make(position, recorded_at, stream.partition(marker)[2], *get(event), actor)

    return of_first_event if _ACTOR in public.__struct_fields__ else of_event


def _position_updated(recorded: RecordedEvent) -> PublicEvent:
    position, recorded_at, stream, event, _ = recorded
    assert isinstance(event, account.PositionUpdated)
    return account_events.PositionUpdated(
        position,
        recorded_at,
        stream.partition(":account:")[2],
        event.cause,
        event.business_date,
        event.value_date,
        tuple([PublicMovement(m.asset, m.amount, m.balance) for m in event.movements]),
    )


def _back(stored: type[Event], kind: StreamKind, public: type[PublicEvent]) -> TranslateBack:
    names = _names(stored, public)
    get = _getter(names)
    id_field = public.__struct_fields__[_ENVELOPE]
    has_actor = _ACTOR in public.__struct_fields__
    middle = f":{kind.value}:"

    def of_public(segment: str, event: Any) -> RecordedEvent:
        return RecordedEvent(
            event.ledger_position,
            event.recorded_at,
            segment + middle + getattr(event, id_field),
            stored(**dict(zip(names, get(event), strict=True))),
            event.submitted_by if has_actor else None,
        )

    return of_public


def _position_updated_back(segment: str, event: account_events.PositionUpdated) -> RecordedEvent:
    updated = account.PositionUpdated(
        cause=event.cause,
        business_date=event.business_date,
        value_date=event.value_date,
        movements=tuple([account.Movement(m.asset, m.amount, m.balance) for m in event.movements]),
    )
    stream = f"{segment}:account:{event.account_id}"
    return RecordedEvent(event.ledger_position, event.recorded_at, stream, updated, None)


TRANSLATORS: Final[Mapping[type[Event], Translate]] = MappingProxyType(
    {stored: _translator(stored, kind, public) for stored, (kind, public) in PUBLIC_TYPES.items()}
    | {account.PositionUpdated: _position_updated}
)
"""By stored class, for loops that look it up themselves."""
_BACK: Final[Mapping[type[PublicEvent], TranslateBack]] = MappingProxyType(
    {public: _back(stored, kind, public) for stored, (kind, public) in PUBLIC_TYPES.items()}
    | {account_events.PositionUpdated: _position_updated_back}
)
PUBLIC_VALUE: Final[Any] = Union[(Heartbeat, *_BACK)]
"""The type of a record's value; one decoder reads it, or a JSON array of them."""
PUBLIC_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(PUBLIC_VALUE)
