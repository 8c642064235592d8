"""Appends decided pages in a thread, so that the next page is decided while this one commits."""

import threading
from collections.abc import Callable
from queue import Queue
from typing import Any, Final

from eventsourcing.persistence import Tracking
from psycopg import Connection

from adapters.ledger.append import Fence
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.rows import LogRow
from adapters.ledger.schema import WORKER_APPLICATION
from adapters.observability.metrics import APPEND_SECONDS, EVENTS_APPENDED, WORKER_POSITION
from adapters.worker.decide import count

_PAGES_IN_FLIGHT: Final = 1


class PageAppender:
    """One page is being committed and at most one waits; `submit` blocks beyond that."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        connection: Connection[Any],
        fence: Fence,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._recorder = recorder
        self._connection = connection
        self._fence = fence
        self._on_failure = on_failure
        self._queue: Queue[tuple[list[LogRow], int] | None] = Queue(_PAGES_IN_FLIGHT)
        self._failure: BaseException | None = None
        self._last_position = 0
        self._thread = threading.Thread(target=self._run, name="appender", daemon=True)

    def start(self) -> None:
        """Start appending."""
        self._thread.start()

    def submit(self, rows: list[LogRow], decided_until: int) -> None:
        """Append the rows and the worker's position; raises what an earlier append failed of."""
        self._raise_failure()
        self._queue.put((rows, decided_until))

    def flush(self) -> int:
        """Wait until all is committed; returns the last position that was appended, or 0."""
        self._queue.join()
        self._raise_failure()
        return self._last_position

    def close(self) -> None:
        """Commit what was submitted, and stop."""
        self._queue.put(None)
        self._thread.join()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                # After a failure the state ahead of the log is worthless: nothing more is written.
                if self._failure is None:
                    self._append(*job)
            except BaseException as failure:  # noqa: BLE001 (handed to the worker, which ends)
                self._failure = failure
                self._on_failure(failure)
            finally:
                self._queue.task_done()

    def _append(self, rows: list[LogRow], decided_until: int) -> None:
        with APPEND_SECONDS.labels("worker").time():
            positions = self._recorder.append(
                self._connection,
                rows,
                tracking=Tracking(WORKER_APPLICATION, decided_until),
                fence=self._fence,
            )
        if positions:
            self._last_position = positions[-1]
        EVENTS_APPENDED.labels("worker").inc(len(positions))
        WORKER_POSITION.set(decided_until)
        count(rows)
