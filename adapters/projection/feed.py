"""The log as a feed of recorded events, page by page."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.codec import UnknownEventType
from adapters.ledger.schema import EVENTS_TABLE, schema_name
from domain.event_types import EVENT_TYPES
from domain.kernel.event import Event
from projections.recorded_event import RecordedEvent


class UnreadableLedger(Exception):
    """The event at a position cannot be read: whoever follows the log stops there."""

    def __init__(self, position: int, cause: Exception) -> None:
        super().__init__(f"ledger position {position}: {cause}")
        self.position = position


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    """The part of an event's metadata that read models show."""

    actor: str


class LedgerFeed:
    """Events after a position in order; those of types that nobody wants are left out.

    Positions are in the order of commit and without gaps, so nothing below a position that was
    seen can appear later. A stored type that is not known is never left out.
    """

    def __init__(
        self, connection: Connection[Any], segment: str, wanted: Iterable[type[Event]]
    ) -> None:
        self._connection = connection
        wanted = frozenset(wanted)
        unwanted = [topic for topic, event in EVENT_TYPES.items() if event not in wanted]
        table = SQL("{}.{}").format(Identifier(schema_name(segment)), Identifier(EVENTS_TABLE))
        self._head: Final = SQL("SELECT coalesce(max(notification_id), 0) FROM {}").format(table)
        self._page: Final = SQL(
            "SELECT notification_id, recorded_at, originator_id, topic, state, metadata FROM {}"
            " WHERE notification_id > %s AND notification_id <= %s{}"
            " ORDER BY notification_id"
        ).format(table, SQL(" AND topic <> ALL ({})").format(unwanted) if unwanted else SQL(""))
        self._decoders: Final = {
            topic: msgspec.json.Decoder(event).decode for topic, event in EVENT_TYPES.items()
        }
        self._actor: Final = msgspec.json.Decoder(_Metadata).decode

    def head(self) -> int:
        """The highest position of the log; 0 when it is empty."""
        row = self._connection.execute(self._head).fetchone()
        assert row is not None
        return int(row[0])

    def page(self, after: int, until: int) -> list[RecordedEvent]:
        """The wanted events after one position up to another; raises `UnreadableLedger`."""
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(self._page, (after, until), prepare=True)
            rows = cursor.fetchall()
        return list(self._recorded(rows))

    def _recorded(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[RecordedEvent]:
        """One loop with nothing called but the decoders: half a rebuild's time goes by here."""
        decoders = self._decoders
        position = 0
        try:
            for position, recorded_at, stream, topic, state, metadata in rows:
                actor = None if metadata is None else self._actor(metadata).actor
                event = decoders[topic](state)
                yield RecordedEvent(position, recorded_at, stream, event, actor)
        except KeyError as error:
            unknown = UnknownEventType(f"the ledger holds an event of unknown type {error}")
            raise UnreadableLedger(position, unknown) from error
        except msgspec.MsgspecError as error:
            raise UnreadableLedger(position, error) from error
