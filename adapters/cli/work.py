"""`clearing work`: the clearing worker."""

import os
import signal
import socket
from typing import Final

import click
import structlog
from eventsourcing.persistence import PersistenceError

from adapters.embedded.resolve import resolve_embedded
from adapters.ledger.append import DATABASE_ERRORS, FencedOut
from adapters.ledger.watchdog import AppendWatchdog
from adapters.observability.collector import tune_garbage_collector
from adapters.observability.health import HealthServer
from adapters.observability.logging import configure_logging
from adapters.observability.observer import LedgerObserver
from adapters.settings import Settings, load_settings
from adapters.worker.worker import ClearingWorker, LostLeadership, WorkerOptions

_LOST_LEADERSHIP_EXIT: Final = 75
"""EX_TEMPFAIL of sysexits.h: start me again, as a standby."""
log = structlog.get_logger()


@click.command(name="work")
def command() -> None:
    """Decide every instruction in the log: the clearing worker.

    One leads, others stand by: start as many as you like. The process ends when it loses the lead
    or its database, and is to be started again by whoever supervises it; nothing is lost by that.
    """
    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="work")
    tune_garbage_collector()
    worker = clearing_worker(settings)
    watchdog = AppendWatchdog(
        settings.database_url,
        segment=settings.segment,
        limit_seconds=settings.append_watchdog_seconds,
    )
    observer = LedgerObserver(settings.database_url, segment=settings.segment)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    with HealthServer(settings.health_host, settings.worker_port, worker.ready.is_set):
        watchdog.start()
        observer.start()
        try:
            worker.run()
        except (FencedOut, LostLeadership, PersistenceError, *DATABASE_ERRORS) as error:
            log.error("the clearing worker ends", reason=str(error), cause=type(error).__name__)
            raise SystemExit(_LOST_LEADERSHIP_EXIT) from None
        finally:
            observer.close()
            watchdog.close()


def clearing_worker(settings: Settings) -> ClearingWorker:
    """The worker as the settings say."""
    return ClearingWorker(
        WorkerOptions(
            database_url=settings.database_url,
            segment=settings.segment,
            holder=f"{socket.gethostname()}:{os.getpid()}",
            lease_seconds=settings.lease_seconds,
            page_limit=settings.worker_page_limit,
            checkpoint_every=settings.checkpoint_every_positions,
            interval_seconds=settings.worker_interval_ms / 1_000,
        )
    )
