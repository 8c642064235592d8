"""What every public event has in common."""

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""UTC, to the microsecond."""


class PublicEvent(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename="camel",
    tag_field="type",
    gc=False,
):
    """A fact as it is published: self-contained JSON in camelCase.

    Fields may be added, never removed or given another meaning; a reader ignores those that it
    does not know. Amounts are integers: units of an instrument, or minor units of a currency, up
    to 64 bits. Prices are decimal strings. `type` is the CloudEvents type.
    """

    ledger_position: int
    recorded_at: Instant


class Heartbeat(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    tag_field="type",
    tag="clearing.Heartbeat.v1",
    gc=False,
):
    """Every event up to `ledger_position` that belongs into this partition stands before this."""

    ledger_position: int
    incarnation: str
