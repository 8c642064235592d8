"""Participants: register, suspend, reinstate, show."""

from typing import Final

from adapters.http.administering import execute
from adapters.http.call import Call, Result
from adapters.http.parameters import ListQuery, ReadQuery
from adapters.http.reading import read_list, read_one
from adapters.http.reference_views import ParticipantStanding
from adapters.http.route import Answered, Route
from adapters.identity import Role
from commands.reasons import ReasonRequest
from commands.register_participant import ParticipantRequest, register_participant
from commands.reinstate_participant import reinstate_participant
from commands.suspend_participant import suspend_participant
from queries.answer import Page
from queries.participants import PROJECTIONS, ParticipantView, participant_by_id, participants

ADDRESS: Final = "/api/v1/participants"
_WRITERS: Final = frozenset({Role.OPERATOR})


async def register(call: Call) -> Result:
    """`POST /participants`."""
    request: ParticipantRequest = call.body
    command = register_participant(request, call.services.settings.segment)
    reply, headers = await execute(call, command)
    headers["Location"] = f"{ADDRESS}/{request.participant_id}"
    return _standing(request.participant_id, "ACTIVE", reply.position, headers, status=201)


async def suspend(call: Call) -> Result:
    """`POST /participants/{participantId}/suspend`."""
    participant_id = call.path_id("participant_id")
    segment = call.services.settings.segment
    command = suspend_participant(participant_id, call.body.reason, segment)
    reply, headers = await execute(call, command, subject_of_address="PARTICIPANT")
    return _standing(participant_id, "SUSPENDED", reply.position, headers)


async def reinstate(call: Call) -> Result:
    """`POST /participants/{participantId}/reinstate`."""
    participant_id = call.path_id("participant_id")
    segment = call.services.settings.segment
    command = reinstate_participant(participant_id, call.body.reason, segment)
    reply, headers = await execute(call, command, subject_of_address="PARTICIPANT")
    return _standing(participant_id, "ACTIVE", reply.position, headers)


async def show(call: Call) -> Result:
    """`GET /participants/{participantId}`."""
    participant_id = call.path_id("participant_id")
    return await read_one(
        call, lambda connection: participant_by_id(connection, participant_id), "participant"
    )


async def show_list(call: Call) -> Result:
    """`GET /participants`."""
    query: ListQuery = call.query
    return await read_list(
        call,
        lambda connection: participants(connection, limit=query.limit, cursor=query.cursor),
    )


def _standing(
    participant_id: str,
    standing: str,
    position: int,
    headers: dict[str, str],
    *,
    status: int = 200,
) -> Result:
    content = ParticipantStanding(
        participant_id=participant_id, status=standing, ledger_position=position
    )
    return Result(status=status, content=content, position=position, headers=headers)


_ONE: Final = f"{ADDRESS}/{{participant_id:str}}"

ROUTES: Final = (
    Route(
        method="POST",
        path=ADDRESS,
        tag="Reference data",
        summary="Register a participant.",
        handle=register,
        roles=_WRITERS,
        body=ParticipantRequest,
        answers={201: Answered("Registered.", ParticipantStanding)},
        codes={400: ("INVALID_LEI", "INVALID_BIC"), 409: ("PARTICIPANT_EXISTS",)},
    ),
    Route(
        method="GET",
        path=ADDRESS,
        tag="Reference data",
        summary="All participants.",
        handle=show_list,
        query=ListQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[ParticipantView])},
    ),
    Route(
        method="GET",
        path=_ONE,
        tag="Reference data",
        summary="One participant.",
        handle=show,
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The participant.", ParticipantView)},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="POST",
        path=f"{_ONE}/suspend",
        tag="Reference data",
        summary="Suspend a participant: none of its accounts acts.",
        handle=suspend,
        roles=_WRITERS,
        body=ReasonRequest,
        answers={200: Answered("Suspended.", ParticipantStanding)},
        codes={404: ("UNKNOWN_PARTICIPANT",)},
    ),
    Route(
        method="POST",
        path=f"{_ONE}/reinstate",
        tag="Reference data",
        summary="Reinstate a suspended participant.",
        handle=reinstate,
        roles=_WRITERS,
        body=ReasonRequest,
        answers={200: Answered("Active again.", ParticipantStanding)},
        codes={404: ("UNKNOWN_PARTICIPANT",)},
    ),
)
