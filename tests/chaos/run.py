"""A seeded run that kills processes of the write path under load, and then checks the ledger."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from tests.adapters.ledger.support import open_market, query, wait_until
from tests.adapters.worker.processes import environment
from tests.chaos import children
from tests.chaos.check import Summary, assert_ledger_holds
from tests.conftest import Database

ACCOUNTS: Final = 20
WORKERS: Final = 2
DRAIN_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0


class Report(NamedTuple):
    """What a run did and what came of it."""

    kills: Counter[str]
    acknowledged: int
    ledger: Summary


class Fleet:
    """Processes by name: killed, and started again."""

    def __init__(self, database: Database, seed: int, folder: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.chaos.children", "adapters.cli.work"])
        self._targets: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
            "submitter": (
                children.submit,
                (settings_of(database), seed, ACCOUNTS, folder),
            )
        }
        for number in range(WORKERS):
            self._targets[f"worker {number}"] = (children.work, (settings_of(database), folder))
        self.processes: dict[str, ForkServerProcess] = {}

    def revive(self) -> None:
        """Start whatever does not run."""
        for name, (target, arguments) in self._targets.items():
            process = self.processes.get(name)
            if process is None or not process.is_alive():
                self.processes[name] = self._context.Process(
                    target=target, args=arguments, name=name
                )
                self.processes[name].start()

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self.processes[name].kill()
        self.processes[name].join()

    def retire(self, name: str) -> None:
        """End one in order, for good."""
        del self._targets[name]
        process = self.processes.pop(name)
        process.terminate()
        process.join(_STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()

    def names(self) -> list[str]:
        """Those that are to run."""
        return list(self._targets)


def settings_of(database: Database) -> Mapping[str, str]:
    """The variables of a child, and nothing else of ours."""
    return {
        name: value
        for name, value in environment(database).items()
        if name.startswith("CLEARING_") or name not in os.environ
    } | {"CLEARING_LOG_LEVEL": "error"}


def run_chaos(
    database: Database,
    *,
    seed: int,
    seconds: float,
    folder: Path,
    crash_server: Callable[[], None] | None = None,
) -> Report:
    """Open a market, submit and clear for `seconds` while processes are killed, then check.

    `crash_server` kills the database server and starts it again; None: it stays up. Raises
    `AssertionError` when something does not hold.
    """
    open_market(database, ACCOUNTS, shares=20_000, cash=10**12)
    rng = random.Random(seed)
    fleet = Fleet(database, seed, folder)
    kills: Counter[str] = Counter()
    fleet.revive()
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(rng.uniform(0.05, 1.0))
            victim = _strike(fleet, database, rng, crash_server)
            kills[victim] += 1
            fleet.revive()
        fleet.retire("submitter")
        _drain(fleet, database)
    finally:
        for name in fleet.names():
            fleet.retire(name)
    told = children.acknowledged(folder)
    ledger = assert_ledger_holds(database.application_url, acknowledged=told)
    return Report(kills, len(told), ledger)


def _strike(
    fleet: Fleet, database: Database, rng: random.Random, crash_server: Callable[[], None] | None
) -> str:
    """Kill something; its name."""
    choice = rng.random()
    if crash_server is not None and choice < 0.03:
        crash_server()
        return "database server"
    if choice < 0.2:
        return _end_a_backend(database, rng)
    name = rng.choice(fleet.names())
    fleet.kill(name)
    return name


def _end_a_backend(database: Database, rng: random.Random) -> str:
    """End one connection of a random role, as a failing network does."""
    name = rng.choice(["clearing intake", "clearing worker append", "clearing worker lease"])
    query(
        database.application_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = %s AND datname = current_database()",
        name,
    )
    return f"connection of {name}"


def _drain(fleet: Fleet, database: Database) -> None:
    def nothing_left() -> bool:
        fleet.revive()
        time.sleep(0.1)
        try:
            rows = query(
                database.application_url,
                "SELECT count(*) FILTER (WHERE topic = 'TradeSubmitted.v1') - count(*) FILTER"
                " (WHERE topic IN ('TradeSettled.v1', 'TradeRejected.v1')) FROM ledger_events",
            )
        except psycopg.OperationalError:
            return False
        return rows == [(0,)]

    wait_until(nothing_left, "everything is decided", DRAIN_SECONDS)


def kill_now(pid: int | None) -> None:
    """SIGKILL a process."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
