"""A participant: a firm that holds accounts in the clearing house."""

import msgspec

from domain.kernel.event import Event
from domain.kernel.identifiers import is_bic, is_lei
from domain.kernel.invariant import InvariantBroken
from domain.kernel.rejection import CommandRefused

# Events


class ParticipantRegistered(Event, frozen=True, kw_only=True):
    """A firm became a participant. `lei` is ISO 17442, `bic` ISO 9362."""

    name: str
    lei: str | None = None
    bic: str | None = None


class ParticipantSuspended(Event, frozen=True, kw_only=True):
    """None of the participant's accounts may trade or transfer until it is reinstated.

    `reason_digest` is the SHA-256 (hexadecimal) of the reason, whose text is kept outside the log.
    """

    reason_digest: str


class ParticipantReinstated(Event, frozen=True, kw_only=True):
    """The participant may act again."""

    reason_digest: str


ParticipantEvent = ParticipantRegistered | ParticipantSuspended | ParticipantReinstated


# State


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions read of a participant."""

    participant_id: str
    suspended: bool = False


def evolve(participant_id: str, state: Participant | None, event: ParticipantEvent) -> Participant:
    """The participant after `event`."""
    if isinstance(event, ParticipantRegistered):
        return Participant(participant_id=participant_id)
    if state is None:
        raise InvariantBroken(f"{type(event).__name__} before ParticipantRegistered")
    return msgspec.structs.replace(state, suspended=isinstance(event, ParticipantSuspended))


# Commands


def register(state: Participant | None, event: ParticipantRegistered) -> list[ParticipantEvent]:
    """Register once; raises `CommandRefused` when the id is taken or a code is wrong."""
    if state is not None:
        raise CommandRefused(
            "PARTICIPANT_EXISTS", f"participant {state.participant_id} is registered already"
        )
    if event.lei is not None and not is_lei(event.lei):
        raise CommandRefused("INVALID_LEI", f"{event.lei} is not an LEI (ISO 17442)")
    if event.bic is not None and not is_bic(event.bic):
        raise CommandRefused("INVALID_BIC", f"{event.bic} is not a BIC (ISO 9362)")
    return [event]


def suspend(state: Participant, reason_digest: str) -> list[ParticipantEvent]:
    """Suspending a suspended participant decides nothing."""
    return [] if state.suspended else [ParticipantSuspended(reason_digest=reason_digest)]


def reinstate(state: Participant, reason_digest: str) -> list[ParticipantEvent]:
    """Reinstating a participant that is not suspended decides nothing."""
    return [ParticipantReinstated(reason_digest=reason_digest)] if state.suspended else []
