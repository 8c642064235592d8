"""How far each projection has come, kept in the transaction of its rows."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg import Connection
from psycopg.rows import dict_row, tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import TRACKING_TABLE, projection_channel, schema_name


class TrackingConflict(Exception):
    """Somebody else has moved a projection on, or switched a rebuilt one in."""


class ProjectionTracking:
    """The tracking rows of projections of one segment, on the eventsourcing library's recorder.

    Only its statement is used, on connections of the caller's; its own pool is never opened.
    """

    def __init__(self, segment: str) -> None:
        schema = schema_name(segment)
        datastore = PostgresDatastore("", "", "", "", "", schema=schema)
        self._recorder = PostgresTrackingRecorder(datastore, tracking_table_name=TRACKING_TABLE)
        table = SQL("{}.{}").format(Identifier(schema), Identifier(TRACKING_TABLE))
        self._begin: Final = SQL(
            "INSERT INTO {} SELECT name, 0 FROM unnest(%s::text[]) AS begun(name)"
            " ON CONFLICT (application_name) DO NOTHING"
        ).format(table)
        self._read: Final = SQL(
            "SELECT application_name, notification_id FROM {} WHERE application_name = ANY(%s)"
        ).format(table)
        # In the order of names: two runners wait for each other, and never in a circle.
        self._lock: Final = SQL("{} ORDER BY application_name FOR UPDATE").format(self._read)
        self._notify: Final = SQL("SELECT pg_notify({}, %s)").format(projection_channel(segment))

    def positions(self, connection: Connection[Any], names: Iterable[str]) -> dict[str, int]:
        """Where each projection stands: 0 for one that never ran."""
        names = list(names)
        connection.execute(self._begin, (names,))
        with connection.cursor(row_factory=tuple_row) as cursor:
            return dict(cursor.execute(self._read, (names,)).fetchall())

    def lock(self, connection: Connection[Any], names: Iterable[str]) -> dict[str, int]:
        """The same, and nobody else moves them until this transaction ends."""
        with connection.cursor(row_factory=tuple_row) as cursor:
            return dict(cursor.execute(self._lock, (list(names),)).fetchall())

    def lock_at(self, connection: Connection[Any], expected: Mapping[str, int]) -> None:
        """Lock the projections; raises `TrackingConflict` when one is not where it is expected."""
        found = self.lock(connection, expected)
        if found != dict(expected):
            raise TrackingConflict(f"expected {dict(expected)}, found {found}")

    def advance(self, connection: Connection[Any], names: Iterable[str], position: int) -> None:
        """Move them on and say so; raises the library's `IntegrityError` for a replay."""
        with connection.cursor(row_factory=dict_row) as cursor:
            for name in names:
                self._recorder._insert_tracking(cursor, Tracking(name, position))  # noqa: SLF001
                self.announce(connection, name, position)

    def announce(self, connection: Connection[Any], name: str, position: int) -> None:
        """Wake those who wait for the projection, when this transaction commits."""
        connection.execute(self._notify, (f"{name} {position}",))
