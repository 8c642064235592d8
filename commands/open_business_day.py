"""Open a business day."""

from collections.abc import Sequence

from commands.histories import business_day_of
from commands.ports import AdministrativeCommand, Streams
from commands.request_fields import Day, Request
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import business_day


class OpenDayRequest(Request, frozen=True, kw_only=True):
    """The date to open; later than any before, and a weekday."""

    date: Day


def open_business_day(
    request: OpenDayRequest, segment: str, calendar: str
) -> AdministrativeCommand:
    """The command.

    Refused by the ledger with `BUSINESS_DAY_OPEN`, `BUSINESS_DATE_NOT_LATER`, `NOT_A_BUSINESS_DAY`.
    """
    stream = stream_id(segment, StreamKind.DAY, calendar)

    def decide(streams: Streams) -> Sequence[Event]:
        return business_day.open_day(business_day_of(streams, stream), request.date)

    return AdministrativeCommand(stream=stream, decide=decide)
