"""Close the business day that is open."""

from collections.abc import Sequence

from commands.histories import business_day_of
from commands.ports import AdministrativeCommand, Streams
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import business_day


def close_business_day(segment: str, calendar: str) -> AdministrativeCommand:
    """The command. Refused by the ledger with `BUSINESS_DAY_CLOSED`."""
    stream = stream_id(segment, StreamKind.DAY, calendar)

    def decide(streams: Streams) -> Sequence[Event]:
        return business_day.close_day(business_day_of(streams, stream))

    return AdministrativeCommand(stream=stream, decide=decide)
