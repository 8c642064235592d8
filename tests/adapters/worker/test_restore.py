"""A start from checkpoint and tail gives the state that replaying everything gives."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest

from adapters.ledger.reader import LogReader
from adapters.worker.checkpoint import Checkpoint, Checkpoints
from adapters.worker.restore import restore
from domain.clearing.house import STATE_VERSION, ClearingHouse
from domain.kernel.event import Event
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.reference.instrument import (
    InstrumentReinstated,
    InstrumentStatus,
    InstrumentSuspended,
)
from tests.adapters.ledger.support import (
    account_ids,
    decided_until,
    open_market,
    query,
    record,
    running_worker,
    settle_all,
    types_of,
    wait_decided,
)
from tests.adapters.worker.test_worker import trade
from tests.builders import REASON, SEGMENT, an_opened_account, of
from tests.chaos.check import assert_ledger_holds, balances
from tests.conftest import Database

ACCOUNTS = 6


@pytest.fixture
def reading(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.application_url, autocommit=True) as connection:
        yield connection


def restored(database: Database, reading: psycopg.Connection[Any]) -> Checkpoint:
    """What a worker that starts now would start with."""
    return restore(
        Checkpoints(reading, SEGMENT),
        LogReader(reading, SEGMENT),
        decided_until(database.application_url),
        lambda: None,
    )


def replayed(database: Database, reading: psycopg.Connection[Any], until: int) -> Checkpoint:
    """The same at a position, without any checkpoint."""
    with reading.transaction(force_rollback=True):
        reading.execute("DELETE FROM clearing_us.worker_checkpoints")
        checkpoints = Checkpoints(reading, SEGMENT)
        return restore(checkpoints, LogReader(reading, SEGMENT), until, lambda: None)


def assert_replay_agrees(database: Database, reading: psycopg.Connection[Any]) -> Checkpoint:
    """The state from checkpoint and tail is that of the whole log up to the same instruction."""
    state = restored(database, reading)
    assert state.instructions_until >= decided_until(database.application_url)
    full = replayed(database, reading, state.instructions_until)
    assert digest(state.house) == digest(full.house)
    assert state.outputs_until == full.outputs_until
    return state


def digest(house: ClearingHouse) -> bytes:
    """Every part of the state, in one order."""
    parts = (
        house.participants,
        house.instruments,
        house.accounts,
        house.account_versions,
        house.business_day,
        house.book.holdings(),
    )
    return msgspec.json.encode(parts, order="sorted")


class RandomHistory:
    """Trades, suspensions of accounts and instruments, new accounts: in any order."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.count = 0
        self.listed = True

    def chunk(self) -> list[tuple[str, Event]]:
        return [self._one() for _ in range(self.rng.randint(1, 25))]

    def _one(self) -> tuple[str, Event]:
        self.count += 1
        choice = self.rng.random()
        if choice < 0.1:
            self.listed = not self.listed
            change = InstrumentReinstated if self.listed else InstrumentSuspended
            return of("instrument", "AAPL"), change(reason_digest=REASON)
        if choice < 0.2:
            return of("account", f"NEW{self.count}"), an_opened_account("BROKER")
        account_id = self.rng.choice(account_ids(ACCOUNTS))
        if choice < 0.35:
            request = self.rng.choice([AccountSuspensionRequested, AccountReinstatementRequested])
            stream = of("administration", f"R{self.count}")
            return stream, request(account_id=account_id, reason_digest=REASON)
        buyer, seller = self.rng.sample(account_ids(ACCOUNTS), 2)
        return trade(
            self.count,
            buyer_account_id=buyer,
            seller_account_id=seller,
            quantity=self.rng.randint(1, 4_000),
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_checkpoint_and_tail_are_the_whole_log(
    database: Database, reading: psycopg.Connection[Any], seed: int
) -> None:
    """At many points: the worker stops anywhere in what it was given, reference data in between."""
    open_market(database, ACCOUNTS)
    history = RandomHistory(seed)
    for _ in range(15):
        positions = record(database, history.chunk())
        with running_worker(
            database,
            page_limit=history.rng.choice([1, 2, 5, 100]),
            checkpoint_every=history.rng.choice([1, 10, 50, 10**9]),
        ):
            stop_at = instructions_until(database, history.rng.choice(positions))
            wait_decided(database, stop_at)
        assert_replay_agrees(database, reading)
    settle_all(database)
    assert_ledger_holds(database.application_url)
    assert book_of(restored(database, reading).house) == {
        key: amount for key, amount in balances(database.application_url).items() if amount
    }


def instructions_until(database: Database, position: int) -> int:
    """The last instruction up to a position: the worker's own position moves with those only."""
    rows = query(
        database.application_url,
        "SELECT max(notification_id) FROM ledger_events WHERE notification_id <= %s"
        " AND split_part(originator_id, ':', 2) IN ('trade', 'transfer', 'administration')"
        " AND originator_version = 1",
        position,
    )
    return int(rows[0][0])


def book_of(house: ClearingHouse) -> dict[tuple[str, str], int]:
    return {
        (account_id, asset): amount
        for account_id, held in house.book.holdings().items()
        for asset, amount in held.items()
        if amount
    }


def test_reference_data_after_the_last_decision_are_not_seen_by_those_between(
    database: Database, reading: psycopg.Connection[Any]
) -> None:
    open_market(database)
    record(database, [trade(1)])
    settle_all(database)
    suspension = InstrumentSuspended(reason_digest=REASON)
    record(database, [trade(2), (of("instrument", "AAPL"), suspension), trade(3)])
    house = restored(database, reading).house
    assert house.instruments["AAPL"].status is InstrumentStatus.LISTED
    assert house.book.balance("ACC100", "AAPL") == 10_100
    settle_all(database)
    outcomes = [types_of(database.application_url, of("trade", f"T{n}"))[-1] for n in (1, 2, 3)]
    assert outcomes == ["TradeSettled.v1", "TradeSettled.v1", "TradeRejected.v1"]


def test_an_orderly_stop_leaves_a_checkpoint_that_the_next_start_uses(
    database: Database, reading: psycopg.Connection[Any]
) -> None:
    open_market(database)
    record(database, [trade(1)])
    settle_all(database)
    head = LogReader(reading, SEGMENT).head()
    loaded = Checkpoints(reading, SEGMENT).load(head=head)
    assert loaded.outputs_until == head
    assert loaded.instructions_until >= decided_until(database.application_url)


def test_two_checkpoints_are_kept(database: Database, reading: psycopg.Connection[Any]) -> None:
    open_market(database)
    record(database, [trade(number, quantity=1) for number in range(10)])
    settle_all(database, page_limit=1, checkpoint_every=1)
    kept = query(database.application_url, "SELECT instructions_until FROM worker_checkpoints")
    assert len(kept) == 2


def test_a_checkpoint_of_another_version_is_passed_over(
    database: Database, reading: psycopg.Connection[Any]
) -> None:
    """Replaying is always right; and its place is taken by one of this version."""
    open_market(database)
    replace_checkpoints(database, state_version=STATE_VERSION + 1)
    loaded = assert_replay_agrees(database, reading)
    Checkpoints(reading, SEGMENT).store(
        Checkpoint(loaded.house, checkpoint_position(database), loaded.outputs_until)
    )
    versions = query(database.application_url, "SELECT state_version FROM worker_checkpoints")
    assert (STATE_VERSION,) in versions


def test_a_checkpoint_beyond_the_log_is_passed_over(
    database: Database, reading: psycopg.Connection[Any]
) -> None:
    """As after a backup of the log alone was restored."""
    open_market(database)
    replace_checkpoints(database, outputs_until=10**9)
    assert restored(database, reading).outputs_until < 10**9


def checkpoint_position(database: Database) -> int:
    rows = query(database.application_url, "SELECT max(instructions_until) FROM worker_checkpoints")
    return int(rows[0][0])


def replace_checkpoints(database: Database, **columns: int) -> None:
    """Change stored checkpoints, as the owner; none of them can be read with the new values."""
    for column, value in columns.items():
        query(
            database.owner_url, f"UPDATE worker_checkpoints SET {column} = %s, state = 'x'", value
        )
