"""The ledger as an application of the eventsourcing library: for administrative streams."""

from collections.abc import Sequence
from typing import Any, Final

from eventsourcing.application import Application
from psycopg.conninfo import conninfo_to_dict

from adapters.ledger.mapper import RecordedEnvelope
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.schema import schema_name
from domain.kernel.event import Event

_POOL_SIZE: Final = "2"


class Ledger(Application[str]):
    """The log of one segment. The name decides the table: `ledger_events`."""

    name = "ledger"

    def events_of(self, stream: str) -> list[Event]:
        """All events of a stream, oldest first; empty when there is none."""
        envelopes: Any = self.events.get(stream)
        return [envelope.event for envelope in envelopes]

    def append(self, stream: str, version: int, events: Sequence[Event], **kwargs: Any) -> int:
        """Append behind `version`; returns the last position.

        Raises the library's `IntegrityError` when the stream has gone on since.
        """
        envelopes = [
            RecordedEnvelope(stream, version + offset, event)
            for offset, event in enumerate(events, start=1)
        ]
        store: Any = self.events
        recordings = store.put(envelopes, **kwargs)
        return int(recordings[-1].notification.id)


def open_ledger(database_url: str, *, segment: str) -> Ledger:
    """The ledger of a segment, over a small pool of connections; close it after use."""
    where = conninfo_to_dict(database_url)
    return Ledger(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "APPLICATION_RECORDER_TOPIC": f"{LedgerRecorder.__module__}:LedgerRecorder",
            "MAPPER_TOPIC": "adapters.ledger.mapper:LedgerMapper",
            "ORIGINATOR_ID_TYPE": "text",
            "CREATE_TABLE": "no",
            "POSTGRES_DBNAME": str(where.get("dbname", "clearing")),
            "POSTGRES_HOST": str(where.get("host", "localhost")),
            "POSTGRES_PORT": str(where.get("port", "5432")),
            "POSTGRES_USER": str(where.get("user", "")),
            "POSTGRES_PASSWORD": str(where.get("password", "")),
            "POSTGRES_SCHEMA": schema_name(segment),
            "POSTGRES_POOL_SIZE": _POOL_SIZE,
            "POSTGRES_PRE_PING": "yes",
        }
    )
