"""Reading the log in order of position."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import EVENTS_TABLE, schema_name
from domain.event_types import EVENT_TYPES


class StoredRow(NamedTuple):
    """One stored event, undecoded."""

    position: int
    stream: str
    topic: str
    state: bytes


class Page(NamedTuple):
    """Stored events after some position, and up to where the log was looked at."""

    rows: list[StoredRow]
    read_until: int


class LogReader:
    """Pages of the log over a connection in autocommit mode.

    Nothing can be skipped: positions are in the order of commit and without gaps, so whatever is
    below a position that was seen has been committed before it.
    """

    def __init__(self, connection: Connection[Any], segment: str) -> None:
        self._connection = connection
        table = SQL("{}.{}").format(Identifier(schema_name(segment)), Identifier(EVENTS_TABLE))
        self._head: Final = SQL("SELECT coalesce(max(notification_id), 0) FROM {}").format(table)
        self._select: Final = SQL(
            "SELECT notification_id, originator_id, topic, state FROM {}"
            " WHERE notification_id > %s AND notification_id <= %s AND topic <> ALL(%s)"
            " ORDER BY notification_id LIMIT %s"
        ).format(table)

    def head(self) -> int:
        """The highest position of the log; 0 when it is empty."""
        row = self._connection.execute(self._head).fetchone()
        assert row is not None
        return int(row[0])

    def page(self, after: int, topics: Sequence[str], limit: int) -> Page:
        """At most `limit` events of the given types after a position, and those of unknown type.

        What is left out is named, not what is wanted: an event of a type that this version does not
        know must reach the reader, which stops at it. When fewer are found than `limit`,
        `read_until` is the head: the next page need not look at what lies between again.
        """
        head = self.head()
        if head <= after:
            return Page([], after)
        left_out = sorted(EVENT_TYPES.keys() - set(topics))
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(self._select, (after, head, left_out, limit), prepare=True)
            rows = [StoredRow(*row) for row in cursor]
        return Page(rows, rows[-1].position if len(rows) == limit else head)
