"""The log as the relay reads it: events with their ids, page by page."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.codec import UnknownEventType
from adapters.ledger.schema import EVENTS_TABLE, schema_name
from adapters.projection.feed import UnreadableLedger
from domain.event_types import EVENT_TYPES
from projections.recorded_event import RecordedEvent

IdentifiedEvent = tuple[bytes, RecordedEvent]
"""The 16 bytes of an event's id, and the event. Plain, as there are millions of them."""


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    """The part of an event's metadata that is published."""

    actor: str


class LogPages:
    """Pages of the log in order of position, without gaps; nothing is left out.

    Positions are in the order of commit, so nothing below one that was seen can appear later.
    """

    def __init__(self, database_url: str, segment: str) -> None:
        self._connection: Final[Connection[Any]] = psycopg.connect(
            database_url,
            autocommit=True,
            application_name="clearing relay read",
            options="-c TimeZone=UTC",
        )
        self._statement: Final = SQL(
            "SELECT notification_id, recorded_at, uuid_send(event_id), originator_id, topic, state,"
            " metadata FROM {}.{} WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        ).format(Identifier(schema_name(segment)), Identifier(EVENTS_TABLE))
        self._decoders: Final = {
            topic: msgspec.json.Decoder(event).decode for topic, event in EVENT_TYPES.items()
        }
        self._actor: Final = msgspec.json.Decoder(_Metadata).decode

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def after(self, position: int, limit: int) -> list[IdentifiedEvent]:
        """The events that follow a position, at most `limit`.

        What cannot be read ends the page before it; a page that would begin with it raises
        `UnreadableLedger`, so that all that stands before it has been published by then.
        """
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(self._statement, (position, limit), prepare=True)
            rows = cursor.fetchall()
        return self._events(rows)

    def _events(self, rows: Iterable[tuple[Any, ...]]) -> list[IdentifiedEvent]:
        events: list[IdentifiedEvent] = []
        position = 0
        decoders, add = self._decoders, events.append
        try:
            for position, recorded_at, event_id, stream, topic, state, metadata in rows:
                actor = None if metadata is None else self._actor(metadata).actor
                event = decoders[topic](state)
                add((event_id, RecordedEvent(position, recorded_at, stream, event, actor)))
        except (KeyError, msgspec.MsgspecError) as error:
            if not events:
                raise UnreadableLedger(position, _cause(error)) from error
        return events


def _cause(error: Exception) -> Exception:
    if isinstance(error, KeyError):
        return UnknownEventType(f"the ledger holds an event of unknown type {error}")
    return error
