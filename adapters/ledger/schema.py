"""Names in the database that everybody who connects to a segment must agree on."""

from typing import Final

OWNER_ROLE: Final = "clearing_owner"
APPLICATION_ROLE: Final = "clearing_app"
EVENTS_TABLE: Final = "ledger_events"
TRACKING_TABLE: Final = "ledger_tracking"
WORKER_APPLICATION: Final = "clearing-worker"
"""Under this name the clearing worker keeps its position in the tracking table."""


def schema_name(segment: str) -> str:
    """The schema that holds a segment's log, work tables and read models."""
    return f"clearing_{segment}"


def ledger_channel(segment: str) -> str:
    """The channel notified with the last position at each append."""
    return f"{schema_name(segment)}_ledger"


def projection_channel(segment: str) -> str:
    """The channel notified with `<projection> <position>` when a projection commits."""
    return f"{schema_name(segment)}_projection"
