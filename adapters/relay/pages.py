"""The log as the relay reads it: events with their ids, page by page."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
import psycopg
from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.codec import UnknownEventType
from adapters.ledger.schema import EVENTS_TABLE, schema_name
from adapters.projection.feed import UnreadableLedger
from domain.event_types import EVENT_TYPES
from projections.recorded_event import RecordedEvent


class IdentifiedEvent(NamedTuple):
    """A recorded event with the 16 bytes of its id."""

    event_id: bytes
    recorded: RecordedEvent


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    """The part of an event's metadata that is published."""

    actor: str


class _RawUuid(Loader):
    """A uuid as its bytes: nobody computes with it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


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
        self._connection.adapters.register_loader("uuid", _RawUuid)
        self._statement: Final = SQL(
            "SELECT notification_id, recorded_at, event_id, originator_id, topic, state, metadata"
            " FROM {}.{} WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
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
                recorded = RecordedEvent(position, recorded_at, stream, event, actor)
                add(IdentifiedEvent(event_id, recorded))
        except (KeyError, msgspec.MsgspecError) as error:
            if not events:
                raise UnreadableLedger(position, _cause(error)) from error
        return events


def _cause(error: Exception) -> Exception:
    if isinstance(error, KeyError):
        return UnknownEventType(f"the ledger holds an event of unknown type {error}")
    return error
