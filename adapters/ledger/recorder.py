"""The eventsourcing library's recorder on our append: COPY, advisory lock, ids without gaps.

The library's own insert runs inside a psycopg pipeline, which waits for ever on large batches, and
numbers rows by a sequence, which leaves gaps after a rollback.
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Connection
from psycopg.rows import dict_row

from adapters.ledger.append import Append, AppendStatements, Fence, open_append
from adapters.ledger.rows import LogRow, prepare
from adapters.ledger.schema import EVENTS_TABLE, TRACKING_TABLE


class LedgerRecorder(PostgresProcessRecorder):
    """Application and process recorder of the ledger.

    `insert_events` understands these further arguments: `tracking` (the library's own), `metadata`
    and `causations` (one an event, or None), `fence` (of a leader), and `alongside`, called with
    the open append and the new positions for what must be stored in the same transaction.
    """

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = EVENTS_TABLE,
        tracking_table_name: str = TRACKING_TABLE,
    ) -> None:
        super().__init__(
            datastore, events_table_name=events_table_name, tracking_table_name=tracking_table_name
        )
        self.lock_table_statements = []
        # The library's subscriptions listen here, too.
        self.channel_name = f"{datastore.schema}_ledger"
        self.append_statements = AppendStatements(
            datastore.schema, self.channel_name, events_table_name
        )

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append in one transaction; raises the library's `IntegrityError` on a version conflict.

        Not retried here: after a lost COMMIT reply a second attempt would conflict with the first.
        """
        metadata: Sequence[bytes | None] = kwargs.get("metadata") or [None] * len(stored_events)
        causations: Sequence[int | None] = kwargs.get("causations") or [None] * len(stored_events)
        rows = [
            LogRow(
                str(event.originator_id),
                event.originator_version,
                event.topic,
                event.state,
                causation,
                meta,
            )
            for event, causation, meta in zip(stored_events, causations, metadata, strict=True)
        ]
        with self.datastore.get_connection() as connection:
            positions = self.append(
                connection,
                rows,
                tracking=kwargs.get("tracking"),
                fence=kwargs.get("fence"),
                alongside=kwargs.get("alongside"),
            )
        return list(positions)

    def append(
        self,
        connection: Connection[Any],
        rows: Sequence[LogRow],
        *,
        tracking: Tracking | None = None,
        fence: Fence | None = None,
        alongside: Callable[[Append, range], None] | None = None,
    ) -> Sequence[int]:
        """The same on the caller's connection: the clearing worker's way."""
        prepared = prepare(rows)
        try:
            with open_append(connection, self.append_statements, fence) as append:
                if tracking is not None:
                    with connection.cursor(row_factory=dict_row) as cursor:
                        self._insert_tracking(cursor, tracking=tracking)
                positions = append.write(prepared)
                if alongside is not None:
                    alongside(append, positions)
                return positions
        except psycopg.IntegrityError as error:
            raise IntegrityError(str(error)) from error

    def create_table(self) -> None:
        """Tables come from the migrations; the application's role could not create them."""

    def _insert_stored_events(self, *_: Any, **__: Any) -> None:
        raise AssertionError("rows are appended by open_append, never by the library's statement")
