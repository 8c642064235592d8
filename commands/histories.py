"""States of administrative streams, folded from their events."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from commands.ports import Streams
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused
from domain.kernel.streams import identifier_of
from domain.reference import business_day, instrument, participant
from domain.reference.business_day import BusinessDay
from domain.reference.instrument import Instrument
from domain.reference.participant import Participant

State = TypeVar("State")


def participant_of(streams: Streams, stream: str) -> Participant | None:
    """The participant of `stream`, or None before it registered."""
    return _fold(streams[stream], identifier_of(stream), participant.evolve)


def instrument_of(streams: Streams, stream: str) -> Instrument | None:
    """The instrument of `stream`, or None before it was listed."""
    return _fold(streams[stream], identifier_of(stream), instrument.evolve)


def business_day_of(streams: Streams, stream: str) -> BusinessDay | None:
    """The business day of `stream`, or None before the first was opened."""
    state: BusinessDay | None = None
    for event in streams[stream]:
        state = business_day.evolve(state, event)  # type: ignore[arg-type]
    return state


def known(state: State | None, code: str, identifier: str) -> State:
    """The state, which must be there; raises `CommandRefused`."""
    if state is None:
        raise CommandRefused(code, f"{identifier} is not known here")
    return state


def _fold(
    events: Sequence[Event], identifier: str, evolve: Callable[[str, Any, Any], State]
) -> State | None:
    state: State | None = None
    for event in events:
        state = evolve(identifier, state, event)
    return state
