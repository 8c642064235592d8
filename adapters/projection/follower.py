"""Rows and position in one transaction: one step of following the log."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import psycopg
from psycopg import Connection
from psycopg.types.string import BytesBinaryDumper

from adapters.ledger.schema import schema_name
from adapters.projection.batch import changes_of, event_types_of
from adapters.projection.feed import LedgerFeed
from adapters.projection.tracking import ProjectionTracking, TrackingConflict
from adapters.projection.writer import write_changes
from projections.changes import Change, Projection

_CONNECT_TIMEOUT_SECONDS: Final = 5


def connect_to_read_models(
    database_url: str, *, segment: str, application_name: str
) -> Connection[Any]:
    """A connection in autocommit mode that finds the segment's tables."""
    connection = psycopg.connect(
        database_url,
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        application_name=application_name,
        # Rows and position are lost together, if at all, and made again from the log: their commit
        # need not wait for the disk, as that of the log does.
        options=f"-c search_path={schema_name(segment)} -c synchronous_commit=off",
    )
    # psycopg would send bytes by a slower way that is kept for the DB-API's `Binary`.
    connection.adapters.register_dumper(bytes, BytesBinaryDumper)
    return connection


class _Batch(NamedTuple):
    """A page of the log, as changes of the projections that stand at its beginning."""

    names: tuple[str, ...]
    after: int
    until: int
    changes: list[Change]


class Follower:
    """Brings a set of projections forward along the log, a bounded batch a transaction.

    Projections that stand at different places are brought together first, the hindmost ones in
    front; from then on one read of the log serves all of them. While PostgreSQL writes a batch the
    next one is made, over a connection of its own. Used as a context manager.
    """

    def __init__(
        self,
        connect: Callable[[], Connection[Any]],
        *,
        segment: str,
        projections: Mapping[str, type[Projection]],
        batch_limit: int,
    ) -> None:
        self._projections = projections
        self._batch_limit = batch_limit
        self._tracking = ProjectionTracking(segment)
        self._writing, self._reading = connect(), connect()
        self._feed = LedgerFeed(self._reading, segment, event_types_of(projections.values()))
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._next: Future[_Batch | None] | None = None
        self.positions = self._tracking.positions(self._writing, projections)
        self.head = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._ahead.shutdown(cancel_futures=True)
        self._writing.close()
        self._reading.close()

    def step(self) -> int:
        """Take one batch; returns by how many positions the hindmost projections came forward.

        Raises `TrackingConflict` when somebody else moved one of them: nothing was written then,
        and the next step goes on from where they are. Raises `UnreadableLedger`,
        `ProjectionFailed`, and psycopg's errors.
        """
        batch = self._make(self.positions) if self._next is None else self._next.result()
        self._next = None
        if batch is None:
            return 0
        positions = {**self.positions, **dict.fromkeys(batch.names, batch.until)}
        if batch.until < self.head:
            self._next = self._ahead.submit(self._make, positions)
        try:
            self._write(batch)
        except BaseException:
            self._forget_next()
            raise
        self.positions = positions
        return batch.until - batch.after

    def _make(self, positions: Mapping[str, int]) -> _Batch | None:
        self.head = self._feed.head()
        after = min(positions.values())
        names = tuple(sorted(name for name, at in positions.items() if at == after))
        ahead = [at for at in positions.values() if at > after]
        until = min([after + self._batch_limit, self.head, *ahead])
        if until <= after:
            return None
        events = self._feed.page(after, until)
        changes = changes_of([self._projections[name] for name in names], events)
        return _Batch(names, after, until, changes)

    def _write(self, batch: _Batch) -> None:
        expected = dict.fromkeys(batch.names, batch.after)
        try:
            with self._writing.transaction(), self._writing.cursor() as cursor:
                self._tracking.lock_at(self._writing, expected)
                write_changes(cursor, batch.changes)
                self._tracking.advance(self._writing, batch.names, batch.until)
        except TrackingConflict:
            self.positions = self._tracking.positions(self._writing, self._projections)
            raise

    def _forget_next(self) -> None:
        if self._next is not None:
            wait([self._next])
            self._next = None
