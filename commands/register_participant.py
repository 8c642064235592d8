"""Register a participant."""

from collections.abc import Sequence

from commands.histories import participant_of
from commands.ports import AdministrativeCommand, Streams
from commands.refusal import RequestRefused
from commands.request_fields import Bic, Lei, Name, ParticipantId, Request
from domain.kernel.event import Event
from domain.kernel.identifiers import is_bic, is_lei
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import participant
from domain.reference.participant import ParticipantRegistered


class ParticipantRequest(Request, frozen=True, kw_only=True):
    """A firm that is to hold accounts."""

    participant_id: ParticipantId
    name: Name
    lei: Lei | None = None
    bic: Bic | None = None


def register_participant(request: ParticipantRequest, segment: str) -> AdministrativeCommand:
    """The command; raises `RequestRefused` for a malformed LEI or BIC.

    Refused by the ledger with `PARTICIPANT_EXISTS`.
    """
    if request.lei is not None and not is_lei(request.lei):
        raise RequestRefused("INVALID_LEI", "/lei", "not an LEI (ISO 17442)")
    if request.bic is not None and not is_bic(request.bic):
        raise RequestRefused("INVALID_BIC", "/bic", "not a BIC (ISO 9362)")
    stream = stream_id(segment, StreamKind.PARTICIPANT, request.participant_id)
    event = ParticipantRegistered(name=request.name, lei=request.lei, bic=request.bic)

    def decide(streams: Streams) -> Sequence[Event]:
        return participant.register(participant_of(streams, stream), event)

    return AdministrativeCommand(stream=stream, decide=decide)
