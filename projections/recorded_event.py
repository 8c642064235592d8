"""An event in its place in the ledger: what every projection reads, from whatever feed."""

from datetime import datetime
from typing import NamedTuple

from domain.kernel.event import Event


class RecordedEvent(NamedTuple):
    """An event, and what the ledger knows of it.

    `stream` is `<segment>:<kind>:<id>`. `actor` is who asked: on the first event of an instruction
    only. A feed need only keep the order of each account's, and each instruction's, own events.
    """

    position: int
    recorded_at: datetime
    stream: str
    event: Event
    actor: str | None
