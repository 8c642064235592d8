"""Events as they are stored: our own type names, and UTF-8 JSON in declaration order."""

from typing import Final

import msgspec

from commands.ports import Instruction
from domain.event_types import EVENT_TYPES
from domain.kernel.event import Event

_ENCODER: Final = msgspec.json.Encoder()
encode_state = _ENCODER.encode
"""The stored JSON of an event, or of anything else made of structures."""

TOPICS: Final[dict[type[Event], str]] = {cls: name for name, cls in EVENT_TYPES.items()}
"""The stored name of each event class: of the newest version where there are several."""
_DECODERS: Final[dict[str, msgspec.json.Decoder[Event]]] = {
    name: msgspec.json.Decoder(cls) for name, cls in EVENT_TYPES.items()
}


class UnknownEventType(Exception):
    """A stored event whose type this version does not know.

    Whoever reads it stops: going on without it would make every balance after it wrong.
    """


class UnreadableEvent(Exception):
    """A stored event whose bytes are not what its type says."""


def decode_event(topic: str, state: bytes) -> Event:
    """Read a stored event; raises `UnknownEventType` or `UnreadableEvent`."""
    decoder = _DECODERS.get(topic)
    if decoder is None:
        raise UnknownEventType(f"the ledger holds an event of unknown type {topic!r}")
    try:
        return decoder.decode(state)
    except msgspec.MsgspecError as error:
        raise UnreadableEvent(f"an event of type {topic} cannot be read: {error}") from error


def decode_at(position: int, topic: str, state: bytes) -> Event:
    """Read the event at a ledger position; the errors of `decode_event` name the position."""
    try:
        return decode_event(topic, state)
    except (UnknownEventType, UnreadableEvent) as error:
        raise type(error)(f"position {position}: {error}") from error


class StoredMetadata(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who asked for an instruction, as kept with its first event."""

    actor: str
    correlation: str
    source: str


def encode_metadata(instruction: Instruction) -> bytes:
    """The stored JSON of who asked; the payload is the event's own state and not repeated."""
    return encode_state(
        StoredMetadata(
            actor=instruction.actor,
            correlation=instruction.correlation_id,
            source=instruction.source,
        )
    )
