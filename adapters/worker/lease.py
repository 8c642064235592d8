"""Leadership: a lease row with an epoch, raised under the append lock.

A session lock alone would not do: a stopped process keeps its locks, and one stopped in the middle
of COPY keeps the append lock as well, where no timeout of PostgreSQL fires. So the standby ends the
old leader's backend, and whatever that leader still tries carries an epoch that has gone.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.ledger.append import AppendStatements, Fence, open_append
from adapters.ledger.schema import schema_name

WORKER_LEASE: Final = "clearing-worker"
_RENEWALS_A_LEASE: Final = 4
_STALLED_AFTER_LEASES: Final = 12
log = structlog.get_logger()


class Lease:
    """The lease of one role in one segment, on the connection that the leader appends with."""

    def __init__(
        self,
        connection: Connection[Any],
        *,
        segment: str,
        holder: str,
        lease_seconds: float,
        name: str = WORKER_LEASE,
    ) -> None:
        self._connection = connection
        self._name = name
        self._holder = holder
        self._seconds = lease_seconds
        self._schema = schema_name(segment)
        # A leader whose backend has gone cannot append, whatever its lease says: no need to wait.
        self._select = self._sql(
            "SELECT epoch, backend_pid, backend_start, expires_at > clock_timestamp()"
            " AND EXISTS (SELECT FROM pg_stat_activity a"
            " WHERE a.pid = backend_pid AND a.backend_start = l.backend_start), holder"
            " FROM {}.leases l WHERE name = %s"
        )
        self._raise = self._sql(
            "INSERT INTO {}.leases"
            " SELECT %s, 1, %s, pid, backend_start,"
            "        clock_timestamp() + make_interval(secs => %s)"
            " FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            " ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder,"
            " backend_pid = excluded.backend_pid, backend_start = excluded.backend_start,"
            " expires_at = excluded.expires_at RETURNING epoch"
        )
        self._terminate = SQL(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid = %s AND backend_start = %s"
        )
        self._release = self._sql(
            "UPDATE {}.leases SET expires_at = clock_timestamp() WHERE name = %s AND epoch = %s"
        )

    def try_acquire(self, statements: AppendStatements) -> Fence | None:
        """Become the leader if nobody is; None while somebody else's lease runs."""
        row = self._connection.execute(self._select, (self._name,)).fetchone()
        if row is not None:
            _, pid, started, alive, holder = row
            if alive:
                return None
            ended = self._connection.execute(self._terminate, (pid, started)).fetchone()
            if ended is not None:
                log.warning("ended the backend of a leader that stopped", holder=holder, pid=pid)
        with open_append(self._connection, statements) as append:
            # Looked at again under the lock: another standby may have been faster.
            append.cursor.execute(self._select, (self._name,))
            now = append.cursor.fetchone()
            if now is not None and (row is None or now[0] != row[0] or now[3]):
                return None
            append.cursor.execute(self._raise, (self._name, self._holder, self._seconds))
            raised = append.cursor.fetchone()
            assert raised is not None
            return Fence(self._name, int(raised[0]))

    def release(self, fence: Fence) -> None:
        """Let a standby take over at once."""
        self._connection.execute(self._release, (fence.lease, fence.epoch))

    def _sql(self, text: Any) -> Any:
        return SQL(text).format(Identifier(self._schema))


class Renewal:
    """Renews the lease from a thread and a connection of its own.

    It stops renewing when the worker's loop makes no progress: a leader that hangs must lose.
    `on_lost` is called once, from the thread, when the lease is somebody else's.
    """

    def __init__(
        self,
        database_url: str,
        *,
        segment: str,
        fence: Fence,
        lease_seconds: float,
        on_lost: Callable[[str], None],
    ) -> None:
        self._database_url = database_url
        self._fence = fence
        self._seconds = lease_seconds
        self._on_lost = on_lost
        self._stop = threading.Event()
        self._progress = time.monotonic()
        self._renew = SQL(
            "UPDATE {}.leases SET expires_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE name = %s AND epoch = %s"
        ).format(Identifier(schema_name(segment)))
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        """Start renewing."""
        self._thread.start()

    def close(self) -> None:
        """Stop renewing."""
        self._stop.set()
        self._thread.join()

    def progress(self) -> None:
        """The worker's loop is alive."""
        self._progress = time.monotonic()

    def _run(self) -> None:
        reason = "the lease could not be renewed"
        try:
            with psycopg.connect(
                self._database_url, autocommit=True, application_name="clearing worker lease"
            ) as connection:
                while not self._stop.wait(self._seconds / _RENEWALS_A_LEASE):
                    if time.monotonic() - self._progress > _STALLED_AFTER_LEASES * self._seconds:
                        reason = "the worker makes no progress"
                        break
                    values = (self._seconds, self._fence.lease, self._fence.epoch)
                    if connection.execute(self._renew, values).rowcount == 0:
                        reason = "another worker leads"
                        break
                else:
                    return
        except psycopg.Error as error:
            reason = f"the database does not answer: {error}"
        if not self._stop.is_set():
            self._on_lost(reason)
