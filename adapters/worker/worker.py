"""The clearing worker: follows the log and decides every instruction, once and in order."""

import threading
from typing import Any, Final

import psycopg
import structlog
from psycopg import Connection

from adapters.ledger.append import Fence, append_statements
from adapters.ledger.application import open_ledger
from adapters.ledger.pace import Pace
from adapters.ledger.reader import LogReader, Page
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.schema import WORKER_APPLICATION, ledger_channel
from adapters.ledger.wake import LogWake
from adapters.observability.metrics import DECISION_SECONDS, WORKER_LEADER
from adapters.worker.appender import PageAppender
from adapters.worker.checkpoint import Checkpoint, Checkpoints
from adapters.worker.decide import INPUT_TOPICS, decide_page
from adapters.worker.lease import Lease, Renewal
from adapters.worker.restore import restore

_IDLE_POLL_SECONDS: Final = 0.5
_STANDBY_LOOKS_A_LEASE: Final = 5
log = structlog.get_logger()


class WorkerOptions:
    """The settings that a worker needs."""

    def __init__(
        self,
        *,
        database_url: str,
        segment: str,
        holder: str,
        lease_seconds: float,
        page_limit: int,
        checkpoint_every: int,
        interval_seconds: float,
    ) -> None:
        self.database_url = database_url
        self.segment = segment
        self.holder = holder
        self.lease_seconds = lease_seconds
        self.page_limit = page_limit
        self.checkpoint_every = checkpoint_every
        self.interval_seconds = interval_seconds


class LostLeadership(Exception):
    """This worker may not write any more; the process ends and starts again as a standby."""


class ClearingWorker:
    """One role, one leader. `run` stands by until it leads, then works until it is stopped.

    Any failure ends `run` with an exception: the state in memory may be ahead of the log then, and
    a new start from checkpoint and tail is the one way back.
    """

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._wake: LogWake | None = None
        self.leading = False
        self.ready = threading.Event()

    def stop(self) -> None:
        """Finish the page at hand, store a checkpoint, and let a standby take over."""
        self._stop.set()
        wake = self._wake
        if wake is not None:
            wake.interrupt()

    def run(self) -> None:
        """Lead and work; returns after `stop`.

        Raises `FencedOut`, `LostLeadership`, `UnknownEventType`, psycopg's errors, and the
        library's `IntegrityError` when somebody else wrote to an account's stream.
        """
        options = self._options
        with (
            _connect(options, "clearing worker append") as append_connection,
            _connect(options, "clearing worker read") as read_connection,
            LogWake(options.database_url, ledger_channel(options.segment)) as wake,
        ):
            self._wake = wake
            lease = Lease(
                append_connection,
                segment=options.segment,
                holder=options.holder,
                lease_seconds=options.lease_seconds,
            )
            try:
                fence = self._stand_by(lease)
                if fence is not None:
                    self._lead_until_stopped(lease, fence, append_connection, read_connection, wake)
            finally:
                # A signal may still come; what it would wake is closed then.
                self._wake = None

    def _lead_until_stopped(
        self,
        lease: Lease,
        fence: Fence,
        append_connection: Connection[Any],
        read_connection: Connection[Any],
        wake: LogWake,
    ) -> None:
        renewal = Renewal(
            self._options.database_url,
            segment=self._options.segment,
            fence=fence,
            lease_seconds=self._options.lease_seconds,
            on_lost=self._lost,
        )
        renewal.start()
        try:
            self._lead(append_connection, read_connection, fence, renewal, wake)
            lease.release(fence)
        finally:
            self.leading = False
            WORKER_LEADER.set(0)
            renewal.close()

    def _stand_by(self, lease: Lease) -> Fence | None:
        statements = append_statements(self._options.segment)
        log.info("standing by", holder=self._options.holder)
        self.ready.set()
        while not self._stop.is_set():
            fence = lease.try_acquire(statements)
            if fence is not None:
                log.info("leading", holder=self._options.holder, epoch=fence.epoch)
                return fence
            self._stop.wait(self._options.lease_seconds / _STANDBY_LOOKS_A_LEASE)
        return None

    def _lead(
        self,
        append_connection: Connection[Any],
        read_connection: Connection[Any],
        fence: Fence,
        renewal: Renewal,
        wake: LogWake,
    ) -> None:
        options = self._options
        reader = LogReader(read_connection, options.segment)
        checkpoints = Checkpoints(read_connection, options.segment)
        with open_ledger(options.database_url, segment=options.segment) as ledger:
            recorder = ledger.recorder
            assert isinstance(recorder, LedgerRecorder)
            decided_until = recorder.max_tracking_id(WORKER_APPLICATION) or 0
            state = restore(checkpoints, reader, decided_until, renewal.progress)
            appender = PageAppender(recorder, append_connection, fence, self._failed)
            appender.start()
            self.leading = True
            WORKER_LEADER.set(1)
            try:
                self._work(state, reader, appender, checkpoints, renewal, wake)
            finally:
                appender.close()

    def _work(
        self,
        state: Checkpoint,
        reader: LogReader,
        appender: PageAppender,
        checkpoints: Checkpoints,
        renewal: Renewal,
        wake: LogWake,
    ) -> None:
        options = self._options
        after = state.instructions_until
        stored = after
        pace = Pace(options.interval_seconds)
        while not self._stop.is_set():
            self._raise_failure()
            renewal.progress()
            self._stop.wait(pace.remaining())
            page = reader.page(after, INPUT_TOPICS, options.page_limit)
            if not page.rows:
                after = page.read_until
                wake.wait(after, _IDLE_POLL_SECONDS)
                continue
            if len(page.rows) < options.page_limit:
                pace.begin(len(page.rows))
            self._decide(state, page, appender)
            after = page.read_until
            if page.rows[-1].position - stored >= options.checkpoint_every:
                stored = self._checkpoint(state, page.rows[-1].position, appender, checkpoints)
        self._raise_failure()
        outputs_until = appender.flush()
        if outputs_until:
            self._checkpoint(state, after, appender, checkpoints)

    def _decide(self, state: Checkpoint, page: Page, appender: PageAppender) -> None:
        with DECISION_SECONDS.time():
            decided = decide_page(state.house, page.rows)
        if decided.instructions:
            appender.submit(decided.rows, page.rows[-1].position)

    def _checkpoint(
        self, state: Checkpoint, position: int, appender: PageAppender, checkpoints: Checkpoints
    ) -> int:
        """Store the state once all that is in it has been committed."""
        outputs_until = max(appender.flush(), state.outputs_until)
        checkpoints.store(Checkpoint(state.house, position, outputs_until))
        return position

    def _failed(self, failure: BaseException) -> None:
        self._failure = failure
        self.stop()

    def _lost(self, reason: str) -> None:
        self._failed(LostLeadership(reason))

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


def _connect(options: WorkerOptions, name: str) -> Connection[Any]:
    return psycopg.connect(options.database_url, autocommit=True, application_name=name)
