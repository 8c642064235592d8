"""One append to the log: lock, number, COPY, notify, commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec
import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier

from adapters.ledger.rows import COPY_COLUMNS, PreparedRow, encode_copy, random_event_ids
from adapters.ledger.schema import EVENTS_TABLE, ledger_channel, schema_name

APPEND_LOCK_CLASS: Final = 0x6C656467
"""First half of the advisory lock's key; the second is the hash of the segment's schema."""
_COPY_CHUNK_BYTES: Final = 1 << 18


class Fence(NamedTuple):
    """What a leader must still hold for its append to be allowed."""

    lease: str
    epoch: int


class FencedOut(Exception):
    """Somebody else leads now; the append was rolled back and the caller must stop."""


class Head(msgspec.Struct, frozen=True):
    """The end of the log as the holder of the append lock sees it."""

    position: int
    recorded_at: datetime


class Append:
    """An open append: the lock is held, the head is known, nothing is written yet."""

    def __init__(self, cursor: Cursor[Any], statements: "AppendStatements", head: Head) -> None:
        self.cursor = cursor
        self.head = head
        self._statements = statements

    def write(self, rows: Sequence[PreparedRow]) -> range:
        """COPY the rows in behind the head; returns their positions, without gaps."""
        first = self.head.position + 1
        data = encode_copy(rows, first, self.head.recorded_at, random_event_ids(len(rows)))
        with self.cursor.copy(self._statements.copy) as copy:
            for offset in range(0, len(data), _COPY_CHUNK_BYTES):
                copy.write(data[offset : offset + _COPY_CHUNK_BYTES])
        positions = range(first, first + len(rows))
        if rows:
            self.head = Head(positions[-1], self.head.recorded_at)
            self.cursor.execute(self._statements.notify, (str(positions[-1]),))
        return positions

    def business_date(self, stream: str) -> date | None:
        """The business date that the day stream last opened or closed."""
        self.cursor.execute(self._statements.last_state, (stream,))
        row = self.cursor.fetchone()
        if row is None:
            return None
        return date.fromisoformat(msgspec.json.decode(bytes(row[0]))["business_date"])


class AppendStatements:
    """The SQL of an append, for one schema."""

    def __init__(self, schema: str, channel: str, events_table: str = EVENTS_TABLE) -> None:
        table = SQL("{}.{}").format(Identifier(schema), Identifier(events_table))
        # Taken for the transaction: whoever numbers rows does so alone, and the next reads the
        # highest id only after this one's commit. In a statement of its own because, under READ
        # COMMITTED, a statement sees what was committed when it began, not when it got the lock.
        self.lock: Composed = SQL("SELECT pg_advisory_xact_lock({}, hashtext({}))").format(
            APPEND_LOCK_CLASS, schema
        )
        self.head: Composed = SQL(
            "SELECT notification_id, greatest(recorded_at, clock_timestamp()) FROM {}"
            " ORDER BY notification_id DESC LIMIT 1"
        ).format(table)
        self.clock: Composed = SQL("SELECT 0, clock_timestamp()").format()
        self.copy: Composed = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            table, SQL(COPY_COLUMNS)
        )
        self.notify: Composed = SQL("SELECT pg_notify({}, %s)").format(channel)
        self.epoch: Composed = SQL("SELECT epoch FROM {}.leases WHERE name = %s").format(
            Identifier(schema)
        )
        self.last_state: Composed = SQL(
            "SELECT state FROM {} WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1"
        ).format(table)


def append_statements(segment: str) -> AppendStatements:
    """The statements for a segment's log."""
    return AppendStatements(schema_name(segment), ledger_channel(segment))


@contextmanager
def open_append(
    connection: Connection[Any], statements: AppendStatements, fence: Fence | None = None
) -> Iterator[Append]:
    """A transaction that holds the append lock; commits at the end of the block.

    Raises `FencedOut` when `fence` is given and its lease has another epoch by now: it is looked at
    under the lock, and a new leader raises the epoch under the same lock.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(statements.lock, prepare=True)
        if fence is not None:
            _check_fence(cursor, statements, fence)
        cursor.execute(statements.head, prepare=True)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(statements.clock)
            row = cursor.fetchone()
        assert row is not None
        yield Append(cursor, statements, Head(*row))


def _check_fence(cursor: Cursor[Any], statements: AppendStatements, fence: Fence) -> None:
    cursor.execute(statements.epoch, (fence.lease,), prepare=True)
    row = cursor.fetchone()
    if row is None or row[0] != fence.epoch:
        current = "none" if row is None else row[0]
        raise FencedOut(f"lease {fence.lease}: epoch {fence.epoch} was replaced by {current}")


DATABASE_ERRORS: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""The database is away, or this connection to it."""
