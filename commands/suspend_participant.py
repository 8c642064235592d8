"""Suspend a participant: none of its accounts acts until it is reinstated."""

from collections.abc import Sequence

from commands.histories import known, participant_of
from commands.ports import AdministrativeCommand, Streams
from commands.reasons import reason_digest
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import participant


def suspend_participant(participant_id: str, reason: str, segment: str) -> AdministrativeCommand:
    """The command. Refused by the ledger with `UNKNOWN_PARTICIPANT`."""
    stream = stream_id(segment, StreamKind.PARTICIPANT, participant_id)

    def decide(streams: Streams) -> Sequence[Event]:
        state = known(participant_of(streams, stream), "UNKNOWN_PARTICIPANT", participant_id)
        return participant.suspend(state, reason_digest(reason))

    return AdministrativeCommand(stream=stream, decide=decide, documents=(reason,))
