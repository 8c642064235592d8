"""Between our events and the eventsourcing library's stored events."""

from typing import Any

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent

from adapters.ledger.codec import TOPICS, decode_event, encode_state
from domain.kernel.event import Event


class RecordedEnvelope(msgspec.Struct, frozen=True, gc=False):
    """An event in its place: what the library calls a domain event.

    The event itself does not know its stream or version; the library wants both beside it.
    """

    originator_id: str
    originator_version: int
    event: Event


class LedgerMapper(Mapper[str]):
    """Stores events under our own type names, as msgspec's JSON; an unknown type fails hard."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Encode an envelope; raises `KeyError` for a class that has no stored name."""
        envelope: RecordedEnvelope = domain_event
        return StoredEvent(
            originator_id=envelope.originator_id,
            originator_version=envelope.originator_version,
            topic=TOPICS[type(envelope.event)],
            state=encode_state(envelope.event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> RecordedEnvelope:
        """Decode; raises `UnknownEventType` or `UnreadableEvent`."""
        return RecordedEnvelope(
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            event=decode_event(stored_event.topic, stored_event.state),
        )
