"""Keeping read models up to date: follow, wait, go on when the database is back."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import Final

import psycopg
import structlog

from adapters.ledger.pace import Pace
from adapters.ledger.schema import ledger_channel
from adapters.ledger.wake import LogWake
from adapters.projection.follower import Follower, connect_to_read_models
from adapters.projection.metrics import (
    PROJECTION_BATCH_SECONDS,
    PROJECTION_EVENTS,
    PROJECTION_LAG,
    PROJECTION_POSITION,
    PROJECTION_RETRIES,
)
from adapters.projection.tracking import TrackingConflict
from projections.catalogue import PROJECTIONS

_POLL_SECONDS: Final = 1.0
_BACKOFF_SECONDS_FIRST: Final = 0.1
_BACKOFF_SECONDS_LAST: Final = 5.0
log = structlog.get_logger(__name__)


class ProjectionRunner:
    """Runs projections until it is stopped.

    A lost database is waited for, with growing pauses. What cannot be read or projected ends the
    run with an exception that names the position: going on would leave wrong rows behind.
    """

    def __init__(
        self,
        database_url: str,
        *,
        segment: str,
        names: Sequence[str],
        batch_limit: int,
        interval_seconds: float,
    ) -> None:
        self._database_url = database_url
        self._segment = segment
        self._projections = {name: PROJECTIONS[name] for name in names}
        self._batch_limit = batch_limit
        self._pace = Pace(interval_seconds)
        self._stopping = threading.Event()
        self._wake: LogWake | None = None
        self.ready = threading.Event()
        """Set while the read models are being kept up to date."""

    def stop(self) -> None:
        """End the run after the batch under way; from any thread or a signal handler."""
        self._stopping.set()
        if self._wake is not None:
            self._wake.interrupt()

    def run(self) -> None:
        """Follow the log until `stop`; raises `UnreadableLedger`, `ProjectionFailed`."""
        pause = _BACKOFF_SECONDS_FIRST
        while not self._stopping.is_set():
            try:
                self._follow()
                pause = _BACKOFF_SECONDS_FIRST
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                pause = _BACKOFF_SECONDS_FIRST if self.ready.is_set() else pause
                log.warning("projections_lost_database", cause=str(error), retry_seconds=pause)
                PROJECTION_RETRIES.labels("database").inc()
                self.ready.clear()
                self._stopping.wait(pause)
                pause = min(2 * pause, _BACKOFF_SECONDS_LAST)
        self.ready.clear()

    def _follow(self) -> None:
        connect = partial(
            connect_to_read_models,
            self._database_url,
            segment=self._segment,
            application_name="clearing project",
        )
        with (
            LogWake(self._database_url, ledger_channel(self._segment)) as wake,
            Follower(
                connect,
                segment=self._segment,
                projections=self._projections,
                batch_limit=self._batch_limit,
            ) as follower,
        ):
            self._wake = wake
            try:
                self._steps(follower, wake)
            finally:
                self._wake = None

    def _steps(self, follower: Follower, wake: LogWake) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._pace.remaining())
            try:
                with PROJECTION_BATCH_SECONDS.time():
                    taken = follower.step()
            except TrackingConflict as error:
                # Another runner of the same projection, or a rebuilt one that was switched in.
                log.info("projections_moved_by_another_process", cause=str(error))
                PROJECTION_RETRIES.labels("conflict").inc()
                continue
            self._report(follower, taken)
            if 0 < taken < self._batch_limit:
                self._pace.begin(taken)
            if taken == 0:
                wake.wait(min(follower.positions.values()), _POLL_SECONDS)

    def _report(self, follower: Follower, taken: int) -> None:
        self.ready.set()
        PROJECTION_EVENTS.inc(taken)
        for name, position in follower.positions.items():
            PROJECTION_POSITION.labels(name).set(position)
            PROJECTION_LAG.labels(name).set(max(0, follower.head - position))
