"""Building read models anew beside the old ones, and switching when they have caught up.

The live tables are read and followed all the while. Everything is built in schemas of its own that
the next run drops first: a rebuild that is killed at any point has changed nothing. The switch is
one short transaction that holds the projections' tracking rows, so the live runner is between two
batches; its next one finds another position than it left, and goes on from there.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import schema_name
from adapters.projection.batch import changes_of, event_types_of
from adapters.projection.feed import LedgerFeed
from adapters.projection.follower import connect_to_read_models
from adapters.projection.table_copy import Index, create_empty_copy
from adapters.projection.tracking import ProjectionTracking
from adapters.projection.writer import write_changes
from projections.catalogue import PROJECTIONS
from projections.changes import Change

BATCH_EVENTS: Final = 50_000
_TAIL_EVENTS: Final = 5_000
_LOCK_WAIT_SECONDS: Final = 5
_SWITCH_ATTEMPTS: Final = 20
_REBUILD_LOCK: Final = 0x72656275
_log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Told what is being done, the position that is reached, and the head of the log."""


class RebuildRefused(Exception):
    """Another rebuild of the same read model is under way, or the tables are too busy to switch."""


def rebuild_schema(segment: str, name: str) -> str:
    """Where a read model is built."""
    return f"{schema_name(segment)}_rebuild_{name}"


class Rebuild:
    """One rebuild of some read models of a segment, over one read of the log.

    `owner_url` connects as the owner of the tables. Nothing but tables is written: whoever sends
    something out does so when the live runner commits, and never because of a rebuild.
    """

    def __init__(
        self,
        owner_url: str,
        *,
        segment: str,
        names: Sequence[str],
        progress: Progress = lambda _what, _position, _head: None,
        batch_events: int = BATCH_EVENTS,
    ) -> None:
        self._owner_url = owner_url
        self._segment = segment
        self._live = schema_name(segment)
        self._names = sorted(names)
        self._projections = [PROJECTIONS[name] for name in self._names]
        self._progress = progress
        self._batch_events = batch_events
        self._tracking = ProjectionTracking(segment)
        self._schemas = {name: rebuild_schema(segment, name) for name in self._names}

    def run(self) -> int:
        """Build and switch; returns the position that the new tables reflect.

        Raises `RebuildRefused`, `UnreadableLedger`, `ProjectionFailed`, and psycopg's errors; the
        live tables are as they were then.
        """
        with self._connect() as connection, self._connect() as reading:
            self._take_lock(connection)
            feed = LedgerFeed(reading, self._segment, event_types_of(self._projections))
            later = self._create_tables(connection)
            with _without_collector():
                position = self._load(connection, feed)
            for index in later:
                self._progress("building indexes", position, position)
                connection.execute(index.statement)
            position = self._follow(connection, feed, position)
            self._progress("collecting statistics", position, feed.head())
            connection.execute(SQL("ANALYZE {}").format(self._tables()))
            return self._switch(connection, position)

    def _connect(self) -> Connection[Any]:
        connection = connect_to_read_models(
            self._owner_url, segment=self._segment, application_name="clearing rebuild"
        )
        path = SQL(", ").join(map(Identifier, [*self._schemas.values(), self._live]))
        connection.execute(SQL("SET search_path TO {}").format(path))
        return connection

    def _take_lock(self, connection: Connection[Any]) -> None:
        """Held by the connection, so that it ends with this process, however it ends.

        PostgreSQL notices the end of a process that was killed after a moment: that is waited for.
        """
        connection.execute(
            SQL("SET lock_timeout TO '{}s'; SET client_connection_check_interval TO '1s'").format(
                _LOCK_WAIT_SECONDS
            )
        )
        for schema in self._schemas.values():
            try:
                connection.execute(
                    "SELECT pg_advisory_lock(%s, hashtext(%s))", (_REBUILD_LOCK, schema)
                )
            except psycopg.errors.LockNotAvailable as error:
                raise RebuildRefused(f"another rebuild into {schema} is under way") from error

    def _create_tables(self, connection: Connection[Any]) -> list[Index]:
        """Empty tables with the keys that are needed to merge; returns the other indexes.

        Building an index over all rows at the end takes a fraction of the time and leaves its
        pages full.
        """
        later: list[Index] = []
        with connection.transaction():
            for projection in self._projections:
                schema = self._schemas[projection.name]
                self._drop(connection, schema)
                connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
                for table in projection.tables:
                    for index in create_empty_copy(connection, self._live, schema, table.name):
                        if index.is_key and table.merged:
                            connection.execute(index.statement)
                        else:
                            later.append(index)
        return later

    def _load(self, connection: Connection[Any], feed: LedgerFeed) -> int:
        """The log up to the head, the next batch being made while one is written."""
        connection.execute("SET synchronous_commit TO off")
        position, head = 0, feed.head()
        with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as ahead:
            coming = ahead.submit(self._changes, feed, position, head)
            while position < head:
                changes, position = coming.result()
                if position < head:
                    coming = ahead.submit(self._changes, feed, position, head)
                with connection.transaction(), connection.cursor() as cursor:
                    write_changes(cursor, changes)
                self._progress("reading the log", position, head)
        connection.execute("SET synchronous_commit TO on")
        return position

    def _changes(self, feed: LedgerFeed, after: int, head: int) -> tuple[list[Change], int]:
        until = min(after + self._batch_events, head)
        return changes_of(self._projections, feed.page(after, until)), until

    def _follow(self, connection: Connection[Any], feed: LedgerFeed, position: int) -> int:
        """What was recorded meanwhile, until so little is left that it fits into the switch."""
        while (head := feed.head()) - position > _TAIL_EVENTS:
            position = self._take(connection, feed, position, head)
            self._progress("catching up", position, head)
        return position

    def _take(self, connection: Connection[Any], feed: LedgerFeed, after: int, head: int) -> int:
        changes, until = self._changes(feed, after, head)
        with connection.transaction(), connection.cursor() as cursor:
            write_changes(cursor, changes)
        return until

    def _switch(self, connection: Connection[Any], position: int) -> int:
        reading = LedgerFeed(connection, self._segment, event_types_of(self._projections))
        for _ in range(_SWITCH_ATTEMPTS):
            try:
                with connection.transaction():
                    return self._switch_now(connection, reading, position)
            except psycopg.errors.LockNotAvailable:
                # Rolled back, the rest of the log included; readers go first.
                _log.info("rebuild_waits_for_readers", projections=self._names)
        raise RebuildRefused("the live tables are too busy to switch; they are as they were")

    def _switch_now(self, connection: Connection[Any], feed: LedgerFeed, position: int) -> int:
        """In the caller's transaction: stop the live runner, take the rest, put the tables in."""
        self._tracking.positions(connection, self._names)
        tracked = self._tracking.lock(connection, self._names)
        head = feed.head()
        while position < head:
            changes, position = self._changes(feed, position, head)
            with connection.cursor() as cursor:
                write_changes(cursor, changes)
        for projection in self._projections:
            schema = self._schemas[projection.name]
            for table in projection.tables:
                connection.execute(SQL("DROP TABLE {}").format(Identifier(self._live, table.name)))
                connection.execute(
                    SQL("ALTER TABLE {} SET SCHEMA {}").format(
                        Identifier(schema, table.name), Identifier(self._live)
                    )
                )
            self._drop(connection, schema)
        moved = [name for name in self._names if tracked[name] < head]
        self._tracking.advance(connection, moved, head)
        self._progress("switched", head, head)
        return head

    def _drop(self, connection: Connection[Any], schema: str) -> None:
        connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))

    def _tables(self) -> Any:
        return SQL(", ").join(
            Identifier(self._schemas[projection.name], table.name)
            for projection in self._projections
            for table in projection.tables
        )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Batches make no cycles, and a collection in the middle of one walks over all its rows."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
