"""A leader that is stopped loses the lead; resumed, it cannot write; meanwhile intake goes on."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.ledger.append import Fence, FencedOut, append_statements, open_append
from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.rows import LogRow, prepare
from adapters.ledger.watchdog import AppendWatchdog
from adapters.worker.lease import WORKER_LEASE, Lease
from commands.ports import Accepted, LedgerUnavailable
from tests.adapters.ledger.support import (
    PATIENCE_SECONDS,
    a_submission,
    decided_until,
    open_market,
    positions,
    query,
    record,
    running_intake,
    settle_all,
    trade_streams,
    types_of,
    wait_decided,
    wait_until,
)
from tests.adapters.worker.processes import WATCHDOG_SECONDS, Process, running, worker_arguments
from tests.adapters.worker.stop_in_copy import UNAVAILABLE_EXIT
from tests.adapters.worker.test_worker import SETTLED, trade
from tests.builders import SEGMENT, of
from tests.chaos.check import assert_ledger_holds
from tests.conftest import Database

LOST_LEADERSHIP_EXIT = 75
STATEMENTS = append_statements(SEGMENT)
INTERRUPTION_SECONDS_MAXIMUM = 20.0
"""Lease and watchdog are a second each; the rest is what a busy machine may add."""


@pytest.fixture
def market(database: Database) -> Database:
    """A market with plenty to trade; no worker runs and nobody leads."""
    open_market(database, shares=10**9, cash=10**14)
    return database


class Load:
    """Trades submitted one after the other from a thread, each until it is acknowledged."""

    def __init__(self, database: Database, intake: GroupCommitIntake) -> None:
        self.acknowledged: list[str] = []
        self.longest_seconds = 0.0
        self._intake = intake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        # As every process that appends: it may be the only one left that can see a stuck append.
        self._watchdog = AppendWatchdog(
            database.application_url, segment=SEGMENT, limit_seconds=WATCHDOG_SECONDS
        )

        self._watchdog.start()
        self._thread.start()

    def stop(self) -> None:
        """Submit no more; returns when the last is acknowledged."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS)
        self._watchdog.close()

    async def _run(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            submissions = [a_submission(keyed=True, quantity=1) for _ in range(20)]
            while True:
                try:
                    answers = await self._intake.submit(submissions)
                except LedgerUnavailable:
                    continue
                break
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - begun)
            self.acknowledged.extend(a.stream for a in answers if isinstance(a, Accepted))
            await asyncio.sleep(0.01)


@pytest.fixture
def load(market: Database) -> Iterator[Load]:
    with running_intake(market) as intake:
        running_load = Load(market, intake)
        yield running_load
        running_load.stop()


def epoch(database: Database) -> int:
    rows = query(database.application_url, "SELECT epoch FROM leases WHERE name = %s", WORKER_LEASE)
    return int(rows[0][0]) if rows else 0


def lead(database: Database, process: Process) -> int:
    """Wait until this process leads; its epoch."""
    wait_until(
        lambda: (
            query(
                database.application_url,
                "SELECT 1 FROM leases WHERE holder LIKE %s AND expires_at > clock_timestamp()",
                f"%:{process.pid}",
            )
            != []
        ),
        f"{process.pid} leads",
    )
    return epoch(database)


def assert_taken_over(database: Database, old: Process, standby: Process, old_epoch: int) -> None:
    """The standby leads and decides; the old leader, resumed, ends without having written."""
    assert lead(database, standby) > old_epoch
    (position,) = record(database, [trade(1)])
    wait_decided(database, position)
    assert types_of(database.application_url, of("trade", "T1")) == SETTLED
    old.resume()
    assert old.exit_code() == LOST_LEADERSHIP_EXIT
    (position,) = record(database, [trade(2)])
    wait_decided(database, position)
    assert types_of(database.application_url, of("trade", "T2")) == SETTLED


def test_a_leader_stopped_while_idle_is_replaced(market: Database) -> None:
    with running(market, *worker_arguments()) as old:
        old_epoch = lead(market, old)
        with running(market, *worker_arguments()) as standby:
            old.stop_where_it_is()
            assert_taken_over(market, old, standby, old_epoch)
    assert_ledger_holds(market.application_url)


def test_a_leader_stopped_under_load_is_replaced(market: Database, load: Load) -> None:
    with running(market, *worker_arguments()) as old:
        old_epoch = lead(market, old)
        with running(market, *worker_arguments()) as standby:
            begun = decided_until(market.application_url)
            wait_until(lambda: decided_until(market.application_url) > begun + 300, "under load")
            old.stop_where_it_is()
            assert_taken_over(market, old, standby, old_epoch)
            finish(market, load)


def finish(database: Database, load: Load) -> None:
    """End the load, let all be decided, and check that nothing acknowledged is missing."""
    load.stop()
    wait_until(lambda: undecided(database) == 0, "all decided")
    assert load.longest_seconds < INTERRUPTION_SECONDS_MAXIMUM
    assert_ledger_holds(database.application_url, acknowledged=load.acknowledged)


def undecided(database: Database) -> int:
    rows = query(
        database.application_url,
        "SELECT count(*) FILTER (WHERE topic = 'TradeSubmitted.v1') - count(*) FILTER"
        " (WHERE topic IN ('TradeSettled.v1', 'TradeRejected.v1')) FROM ledger_events",
    )
    return int(rows[0][0])


def test_a_leader_stopped_inside_copy_is_replaced(market: Database, load: Load) -> None:
    """It holds the append lock: intake waits as well, until the standby ends its backend."""
    with running(market, "tests.adapters.worker.stop_in_copy", "work") as old:
        old.wait_stopped()
        old_epoch = epoch(market)
        assert append_lock_holders(market) == ["clearing worker append"]
        with running(market, *worker_arguments()) as standby:
            acknowledged = len(load.acknowledged)
            assert_taken_over(market, old, standby, old_epoch)
            wait_until(lambda: len(load.acknowledged) > acknowledged, "intake goes on")
            finish(market, load)


def append_lock_holders(database: Database) -> list[str]:
    """Who holds the append lock at the moment, by the name of its connection."""
    return [
        row[0]
        for row in query(
            database.application_url,
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()",
        )
    ]


def test_an_intake_stopped_inside_copy_stops_nobody_else(market: Database, load: Load) -> None:
    """No lease runs out here: the watchdog of any other process frees the lock."""
    trade_id = str(uuid4())
    with running(market, "tests.adapters.worker.stop_in_copy", "submit", trade_id) as stuck:
        stuck.wait_stopped()
        acknowledged = len(load.acknowledged)
        wait_until(lambda: len(load.acknowledged) > acknowledged, "intake goes on elsewhere")
        assert of("trade", trade_id) not in trade_streams(market.application_url)
        stuck.resume()
        assert stuck.exit_code() == UNAVAILABLE_EXIT
    assert trade_streams(market.application_url).count(of("trade", trade_id)) == 1
    load.stop()
    settle_all(market)
    finish(market, load)


def connect(database: Database) -> psycopg.Connection[Any]:
    return psycopg.connect(database.application_url, autocommit=True)


def a_lease(connection: psycopg.Connection[Any], seconds: float = 60) -> Lease:
    return Lease(connection, segment=SEGMENT, holder="test", lease_seconds=seconds)


def one_row() -> list[LogRow]:
    return [LogRow(of("participant", uuid4().hex), 1, "ParticipantRegistered.v1", b'{"name":"B"}')]


def test_an_append_of_an_old_epoch_is_refused_and_leaves_nothing(database: Database) -> None:
    with connect(database) as old, connect(database) as new:
        fence = a_lease(old).try_acquire(STATEMENTS)
        assert fence == Fence(WORKER_LEASE, 1)
        a_lease(old).release(fence)
        old_backend_survives = psycopg.connect(database.application_url, autocommit=True)
        assert a_lease(new).try_acquire(STATEMENTS) == Fence(WORKER_LEASE, 2)
        with (
            old_backend_survives,
            pytest.raises(FencedOut),
            open_append(old_backend_survives, STATEMENTS, fence) as append,
        ):
            append.write(prepare(one_row()))
    assert positions(database.application_url) == []


def test_nobody_leads_while_the_lease_of_another_runs(database: Database) -> None:
    with connect(database) as one, connect(database) as two:
        assert a_lease(one).try_acquire(STATEMENTS) is not None
        assert a_lease(two).try_acquire(STATEMENTS) is None


def test_of_many_standbys_one_gets_an_expired_lease(database: Database) -> None:
    with connect(database) as leader:
        fence = a_lease(leader).try_acquire(STATEMENTS)
        assert fence is not None
        a_lease(leader).release(fence)
    found: list[Fence | None] = []
    ready, done = threading.Barrier(6, timeout=30), threading.Barrier(6, timeout=30)

    def stand_by() -> None:
        with connect(database) as connection:
            ready.wait()
            found.append(a_lease(connection).try_acquire(STATEMENTS))
            # A leader that went now would be replaced at once.
            done.wait()

    threads = [threading.Thread(target=stand_by) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [fence for fence in found if fence is not None] == [Fence(WORKER_LEASE, 2)]


def test_the_watchdog_ends_an_append_that_takes_too_long_and_no_other(database: Database) -> None:
    watchdog = AppendWatchdog(database.application_url, segment=SEGMENT, limit_seconds=0.3)
    watchdog.start()
    try:
        with connect(database) as connection:
            for _ in range(50):
                with open_append(connection, STATEMENTS) as append:
                    append.write(prepare(one_row()))
                time.sleep(0.02)
            assert len(positions(database.application_url)) == 50
            with pytest.raises(psycopg.OperationalError):
                hold_for_ever(connection)
    finally:
        watchdog.close()
    assert len(positions(database.application_url)) == 50


def hold_for_ever(connection: psycopg.Connection[Any]) -> None:
    with open_append(connection, STATEMENTS) as append:
        append.write(prepare(one_row()))
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            time.sleep(0.1)
            connection.execute("SELECT 1")
