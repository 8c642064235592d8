"""A2: a crash of the worker between any two exchanges with the database leaves all or nothing."""

import multiprocessing
import os
import threading
from collections.abc import Generator
from typing import Any, Final

import psycopg

from adapters.worker.worker import ClearingWorker
from tests.adapters.ledger.support import (
    PATIENCE_SECONDS,
    decided_until,
    open_market,
    query,
    record,
    types_of,
    wait_until,
    worker_options,
)
from tests.adapters.worker.test_worker import SETTLED, trade
from tests.builders import of
from tests.chaos.check import assert_ledger_holds, balances
from tests.conftest import Database

CRASHED: Final = 9
FEWEST_EXCHANGES: Final = 7
"""BEGIN, lock, epoch, head, tracking, COPY, COMMIT: an append cannot do with less."""


def work_until_crash(database: Database, position: int, crash_at: int) -> None:
    """In a child process: end it before the `crash_at`-th exchange of the appending thread."""
    exchanges = 0
    wait = psycopg.Connection.wait

    def wait_or_crash(
        self: psycopg.Connection[Any], gen: Generator[Any, Any, Any], **kwargs: Any
    ) -> Any:
        nonlocal exchanges
        if threading.current_thread().name == "appender":
            exchanges += 1
            if exchanges == crash_at:
                os._exit(CRASHED)
        return wait(self, gen, **kwargs)

    psycopg.Connection.wait = wait_or_crash  # type: ignore[assignment,method-assign]
    worker = ClearingWorker(worker_options(database))

    def stop_when_decided() -> None:
        wait_until(lambda: decided_until(database.application_url) >= position, "decided")
        worker.stop()

    threading.Thread(target=stop_when_decided, daemon=True).start()
    worker.run()


def test_a_crash_between_any_two_exchanges_leaves_all_or_nothing(database: Database) -> None:
    open_market(database)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.adapters.worker.test_crash"])
    crashes = 0
    while True:
        before = balances(database.application_url)
        (position,) = record(database, [trade(crashes)])
        stream = of("trade", f"T{crashes}")
        child = context.Process(target=work_until_crash, args=(database, position, crashes + 1))
        child.start()
        child.join(PATIENCE_SECONDS)
        assert_ledger_holds(database.application_url, all_decided=False)
        if child.exitcode == 0:
            break
        assert child.exitcode == CRASHED
        crashes += 1
        assert types_of(database.application_url, stream) in (SETTLED, SETTLED[:1])
        moved = balances(database.application_url) != before
        assert moved is (types_of(database.application_url, stream) == SETTLED)
        # The dead leader's lease would run for seconds.
        query(database.application_url, "UPDATE leases SET expires_at = '-infinity'")
    assert crashes >= FEWEST_EXCHANGES
    assert_ledger_holds(database.application_url)
