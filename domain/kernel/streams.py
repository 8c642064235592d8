"""Names of streams: `<segment>:<kind>:<id>`. The segment keeps several ledgers apart."""

from enum import StrEnum


class StreamKind(StrEnum):
    """The aggregates that have streams."""

    PARTICIPANT = "participant"
    INSTRUMENT = "instrument"
    ACCOUNT = "account"
    DAY = "day"
    TRADE = "trade"
    TRANSFER = "transfer"
    ADMINISTRATION = "administration"


def stream_id(segment: str, kind: StreamKind, identifier: str) -> str:
    """The stream of one aggregate: `us:account:ACC100`."""
    return f"{segment}:{kind.value}:{identifier}"


def identifier_of(stream: str) -> str:
    """The aggregate's own id: what follows segment and kind."""
    return stream.split(":", 2)[2]


def kind_of(stream: str) -> StreamKind:
    """The kind of aggregate a stream belongs to."""
    return StreamKind(stream.split(":", 2)[1])
