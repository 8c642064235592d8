"""The business day: open, close, show."""

from typing import Final

from adapters.http.administering import execute
from adapters.http.call import Call, Result
from adapters.http.parameters import ReadQuery
from adapters.http.reading import read_one
from adapters.http.reference_views import DayStanding
from adapters.http.route import Answered, Route
from adapters.identity import Role
from commands.close_business_day import close_business_day
from commands.open_business_day import OpenDayRequest, open_business_day
from commands.request_fields import Request
from queries.business_day import PROJECTIONS, BusinessDayView, business_day

ADDRESS: Final = "/api/v1/business-day"
_WRITERS: Final = frozenset({Role.OPERATOR})


class CloseDayRequest(Request, frozen=True, kw_only=True):
    """Nothing needs to be said: the open date is closed. The body may be left out."""


async def show(call: Call) -> Result:
    """`GET /business-day`."""
    return await read_one(call, business_day, "business day")


async def open_day(call: Call) -> Result:
    """`POST /business-day/open`."""
    request: OpenDayRequest = call.body
    settings = call.services.settings
    command = open_business_day(request, settings.segment, settings.calendar)
    reply, headers = await execute(call, command)
    content = DayStanding(status="OPEN", ledger_position=reply.position, date=request.date)
    return Result(content=content, position=reply.position, headers=headers)


async def close_day(call: Call) -> Result:
    """`POST /business-day/close`."""
    settings = call.services.settings
    reply, headers = await execute(call, close_business_day(settings.segment, settings.calendar))
    content = DayStanding(status="CLOSED", ledger_position=reply.position)
    return Result(content=content, position=reply.position, headers=headers)


ROUTES: Final = (
    Route(
        method="GET",
        path=ADDRESS,
        tag="Business day",
        summary="The business date, and whether it is open.",
        handle=show,
        roles=frozenset({Role.OPERATOR, Role.AUDITOR}),
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The business day.", BusinessDayView)},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="POST",
        path=f"{ADDRESS}/open",
        tag="Business day",
        summary="Open a business date: the default trade and value date from here on.",
        handle=open_day,
        roles=_WRITERS,
        body=OpenDayRequest,
        answers={200: Answered("Open.", DayStanding)},
        codes={422: ("BUSINESS_DAY_OPEN", "BUSINESS_DATE_NOT_LATER", "NOT_A_BUSINESS_DAY")},
    ),
    Route(
        method="POST",
        path=f"{ADDRESS}/close",
        tag="Business day",
        summary="Close the business date that is open.",
        handle=close_day,
        roles=_WRITERS,
        body=CloseDayRequest,
        body_optional=True,
        answers={200: Answered("Closed.", DayStanding)},
        codes={422: ("BUSINESS_DAY_CLOSED",)},
    ),
)
