"""Rows and position in one transaction: one step of following the log."""

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import Connection

from adapters.ledger.schema import schema_name
from adapters.projection.batch import changes_of, event_types_of
from adapters.projection.feed import LedgerFeed
from adapters.projection.tracking import ProjectionTracking
from adapters.projection.writer import write_changes
from projections.changes import Projection

_CONNECT_TIMEOUT_SECONDS: Final = 5


def connect_to_read_models(
    database_url: str, *, segment: str, application_name: str
) -> Connection[Any]:
    """A connection in autocommit mode that finds the segment's tables."""
    return psycopg.connect(
        database_url,
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        application_name=application_name,
        options=f"-c search_path={schema_name(segment)}",
    )


class Follower:
    """Brings a set of projections forward along the log, a bounded batch a transaction.

    Projections that stand at different places are brought together first, the hindmost ones in
    front; from then on one read of the log serves all of them.
    """

    def __init__(
        self,
        connection: Connection[Any],
        *,
        segment: str,
        projections: Mapping[str, type[Projection]],
        batch_limit: int,
    ) -> None:
        self._connection = connection
        self._projections = projections
        self._batch_limit = batch_limit
        self._tracking = ProjectionTracking(segment)
        self._feed = LedgerFeed(connection, segment, event_types_of(projections.values()))
        self.positions: dict[str, int] = {}
        self.head = 0

    def find_positions(self) -> None:
        """Read where the projections stand: at the start, and after a `TrackingConflict`."""
        self.positions = self._tracking.positions(self._connection, self._projections)

    def step(self) -> int:
        """Take one batch; returns by how many positions the hindmost projections came forward.

        Raises `TrackingConflict` when somebody else moved one of them: nothing was written then.
        Raises `UnreadableLedger`, `ProjectionFailed`, and psycopg's errors.
        """
        self.head = self._feed.head()
        after = min(self.positions.values())
        behind = sorted(name for name, at in self.positions.items() if at == after)
        ahead = [at for at in self.positions.values() if at > after]
        until = min([after + self._batch_limit, self.head, *ahead])
        if until <= after:
            return 0
        events = self._feed.page(after, until)
        changes = changes_of([self._projections[name] for name in behind], events)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._tracking.lock_at(self._connection, dict.fromkeys(behind, after))
            write_changes(cursor, changes)
            self._tracking.advance(self._connection, behind, until)
        self.positions.update(dict.fromkeys(behind, until))
        return until - after
