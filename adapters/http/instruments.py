"""Instruments: list, suspend, reinstate, delist, show."""

from collections.abc import Callable
from typing import Final

from adapters.http.administering import execute
from adapters.http.call import Call, Result
from adapters.http.parameters import ListQuery, ReadQuery
from adapters.http.reading import read_list, read_one
from adapters.http.reference_views import InstrumentStanding
from adapters.http.route import Answered, Handle, Route
from adapters.identity import Role
from commands.delist_instrument import delist_instrument
from commands.list_instrument import InstrumentRequest, list_instrument
from commands.ports import AdministrativeCommand
from commands.reasons import ReasonRequest
from commands.reinstate_instrument import reinstate_instrument
from commands.suspend_instrument import suspend_instrument
from queries.answer import Page
from queries.instruments import PROJECTIONS, InstrumentView, instrument_by_id, instruments

ADDRESS: Final = "/api/v1/instruments"
_WRITERS: Final = frozenset({Role.OPERATOR})
_Command = Callable[[str, str, str], AdministrativeCommand]


async def list_one(call: Call) -> Result:
    """`POST /instruments`."""
    request: InstrumentRequest = call.body
    command = list_instrument(request, call.services.settings.segment)
    reply, headers = await execute(call, command)
    headers["Location"] = f"{ADDRESS}/{request.instrument_id}"
    content = InstrumentStanding(
        instrument_id=request.instrument_id, status="LISTED", ledger_position=reply.position
    )
    return Result(status=201, content=content, position=reply.position, headers=headers)


def _changing(make: _Command, standing: str) -> Handle:
    """A handler that changes the standing of the instrument in the address."""

    async def change(call: Call) -> Result:
        instrument_id = call.path_id("instrument_id")
        command = make(instrument_id, call.body.reason, call.services.settings.segment)
        reply, headers = await execute(call, command, subject_of_address="INSTRUMENT")
        content = InstrumentStanding(
            instrument_id=instrument_id, status=standing, ledger_position=reply.position
        )
        return Result(content=content, position=reply.position, headers=headers)

    return change


async def show(call: Call) -> Result:
    """`GET /instruments/{instrumentId}`."""
    instrument_id = call.path_id("instrument_id")
    return await read_one(
        call, lambda connection: instrument_by_id(connection, instrument_id), "instrument"
    )


async def show_list(call: Call) -> Result:
    """`GET /instruments`."""
    query: ListQuery = call.query
    return await read_list(
        call,
        lambda connection: instruments(connection, limit=query.limit, cursor=query.cursor),
    )


_ONE: Final = f"{ADDRESS}/{{instrument_id:str}}"


def _change(name: str, summary: str, make: _Command, standing: str) -> Route:
    refusals: tuple[str, ...] = () if name == "delist" else ("INSTRUMENT_DELISTED",)
    return Route(
        method="POST",
        path=f"{_ONE}/{name}",
        tag="Reference data",
        summary=summary,
        handle=_changing(make, standing),
        roles=_WRITERS,
        body=ReasonRequest,
        answers={200: Answered("Done.", InstrumentStanding)},
        codes={404: ("UNKNOWN_INSTRUMENT",), 422: refusals},
    )


ROUTES: Final = (
    Route(
        method="POST",
        path=ADDRESS,
        tag="Reference data",
        summary="List an instrument.",
        handle=list_one,
        roles=_WRITERS,
        body=InstrumentRequest,
        answers={201: Answered("Listed.", InstrumentStanding)},
        codes={
            400: (
                "INVALID_ISIN",
                "INVALID_CURRENCY",
                "INVALID_MIC",
                "INVALID_PRICE",
                "INVALID_QUANTITY",
            ),
            409: ("INSTRUMENT_EXISTS",),
            422: ("INVALID_INSTRUMENT", "SETTLEMENT_CYCLE_NOT_SUPPORTED"),
        },
    ),
    Route(
        method="GET",
        path=ADDRESS,
        tag="Reference data",
        summary="All instruments.",
        handle=show_list,
        query=ListQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[InstrumentView])},
    ),
    Route(
        method="GET",
        path=_ONE,
        tag="Reference data",
        summary="One instrument.",
        handle=show,
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The instrument.", InstrumentView)},
        codes={404: ("NOT_FOUND",)},
    ),
    _change("suspend", "Suspend an instrument.", suspend_instrument, "SUSPENDED"),
    _change("reinstate", "Reinstate a suspended instrument.", reinstate_instrument, "LISTED"),
    _change("delist", "Delist an instrument for good.", delist_instrument, "DELISTED"),
)
