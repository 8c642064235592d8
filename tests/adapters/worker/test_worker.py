"""The clearing worker: trades settle, once and in order; what it cannot read stops it."""

import asyncio
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from adapters.ledger.codec import UnknownEventType
from commands.ports import Accepted
from domain.kernel.event import Event
from domain.ledger.account import AccountReinstated, AccountSuspended
from domain.ledger.administration import (
    AccountReinstatementRequested,
    AccountSuspensionRequested,
)
from domain.reference.instrument import InstrumentReinstated, InstrumentSuspended
from tests.adapters.ledger.support import (
    WorkerThread,
    a_submission,
    assert_contiguous,
    decided_until,
    open_market,
    query,
    record,
    running_intake,
    running_worker,
    settle_all,
    types_of,
    wait_decided,
    wait_until,
    worker_options,
)
from tests.builders import REASON, a_position, a_submitted_trade, of
from tests.chaos.check import assert_ledger_holds, balances
from tests.conftest import Database

SETTLED = ["TradeSubmitted.v1", "TradeValidated.v1", "TradeSettled.v1"]
REJECTED = ["TradeSubmitted.v1", "TradeRejected.v1"]


def trade(number: int, **terms: Any) -> tuple[str, Event]:
    return of("trade", f"T{number}"), a_submitted_trade(**terms)


def rejection_of(database: Database, stream: str) -> str:
    rows = query(
        database.application_url,
        "SELECT data->>'code' FROM ledger WHERE stream = %s AND event = 'TradeRejected.v1'",
        stream,
    )
    return str(rows[0][0])


def test_a_trade_settles_with_four_movements(database: Database) -> None:
    open_market(database)
    before = balances(database.application_url)
    with running_worker(database), running_intake(database) as intake:
        submission = a_submission()
        (answer,) = asyncio.run(intake.submit([submission]))
        assert isinstance(answer, Accepted)
        wait_decided(database, answer.position)
    assert types_of(database.application_url, submission.stream) == SETTLED
    after = balances(database.application_url)
    assert {key: after[key] - before[key] for key in after if after[key] != before[key]} == {
        ("ACC100", "AAPL"): 100,
        ("ACC100", "USD"): -15_000_00,
        ("ACC200", "AAPL"): -100,
        ("ACC200", "USD"): 15_000_00,
    }
    assert_ledger_holds(database.application_url)


def test_a_trade_is_decided_once_however_often_workers_start(database: Database) -> None:
    """A3."""
    open_market(database)
    record(database, [trade(1)])
    for _ in range(3):
        settle_all(database)
    assert types_of(database.application_url, of("trade", "T1")) == SETTLED
    assert_ledger_holds(database.application_url)


def test_the_outcome_names_its_cause(database: Database) -> None:
    open_market(database)
    (position,) = record(database, [trade(1)])
    settle_all(database)
    caused = query(
        database.application_url,
        "SELECT event FROM ledger WHERE causation = %s ORDER BY ledger_position",
        position,
    )
    assert [row[0] for row in caused] == [
        "TradeValidated.v1",
        "PositionUpdated.v1",
        "PositionUpdated.v1",
        "TradeSettled.v1",
    ]


def test_a_sale_of_more_than_is_held_moves_nothing(database: Database) -> None:
    open_market(database, shares=100)
    before = balances(database.application_url)
    record(database, [trade(1, quantity=101)])
    settle_all(database)
    assert types_of(database.application_url, of("trade", "T1")) == REJECTED
    assert rejection_of(database, of("trade", "T1")) == "INSUFFICIENT_SECURITIES"
    assert balances(database.application_url) == before


def test_two_sales_of_the_same_shares_settle_once(database: Database) -> None:
    """D1, in one page: the second is decided on what the first left."""
    open_market(database, shares=100)
    record(database, [trade(1, quantity=60), trade(2, quantity=60)])
    settle_all(database)
    assert types_of(database.application_url, of("trade", "T1")) == SETTLED
    assert rejection_of(database, of("trade", "T2")) == "INSUFFICIENT_SECURITIES"


def test_decisions_see_the_reference_data_before_them_and_not_after(database: Database) -> None:
    open_market(database)
    aapl = of("instrument", "AAPL")
    record(
        database,
        [
            trade(1),
            (aapl, InstrumentSuspended(reason_digest=REASON)),
            trade(2),
            (aapl, InstrumentReinstated(reason_digest=REASON)),
            trade(3),
        ],
    )
    settle_all(database)
    assert types_of(database.application_url, of("trade", "T1")) == SETTLED
    assert rejection_of(database, of("trade", "T2")) == "INSTRUMENT_SUSPENDED"
    assert types_of(database.application_url, of("trade", "T3")) == SETTLED


def test_suspensions_of_accounts_are_decided_between_the_trades(database: Database) -> None:
    open_market(database)
    suspension = AccountSuspensionRequested(account_id="ACC200", reason_digest=REASON)
    reinstatement = AccountReinstatementRequested(account_id="ACC200", reason_digest=REASON)
    record(
        database,
        [
            trade(1),
            (of("administration", "S"), suspension),
            (of("administration", "S2"), suspension),
            trade(2),
            (of("administration", "R"), reinstatement),
            trade(3),
        ],
    )
    settle_all(database, page_limit=1)
    assert types_of(database.application_url, of("trade", "T1")) == SETTLED
    assert rejection_of(database, of("trade", "T2")) == "ACCOUNT_SUSPENDED"
    assert types_of(database.application_url, of("trade", "T3")) == SETTLED
    assert types_of(database.application_url, of("account", "ACC200"))[-3:] == [
        f"{AccountSuspended.__name__}.v1",
        f"{AccountReinstated.__name__}.v1",
        "PositionUpdated.v1",
    ]


def test_an_instruction_that_decides_nothing_is_passed(database: Database) -> None:
    open_market(database)
    request = AccountSuspensionRequested(account_id="NOBODY", reason_digest=REASON)
    (position,) = record(database, [(of("administration", "S"), request)])
    settle_all(database)
    assert decided_until(database.application_url) == position


def test_an_event_of_unknown_type_stops_the_worker_at_its_position(database: Database) -> None:
    """Going on without it would make every balance after it wrong."""
    open_market(database)
    record(database, [trade(1)])
    settle_all(database)
    position = len(query(database.application_url, "SELECT 1 FROM ledger_events")) + 1
    query(
        database.application_url,
        "INSERT INTO ledger_events VALUES (%s, clock_timestamp(), gen_random_uuid(), 1, NULL,"
        " 'us:instrument:X', 'InstrumentSplit.v1', '{}', NULL)",
        position,
    )
    record(database, [trade(2)])
    for _ in range(2):
        thread = WorkerThread(worker_options(database, lease_seconds=1))
        thread.join()
        assert isinstance(thread.failure, UnknownEventType)
        assert f"position {position}" in str(thread.failure)
    assert types_of(database.application_url, of("trade", "T2")) == ["TradeSubmitted.v1"]


def test_a_second_writer_of_an_account_stream_stops_the_worker(database: Database) -> None:
    """The version it wants to write is taken: it does not lead any more, or somebody meddles."""
    open_market(database)
    thread = WorkerThread(worker_options(database))
    wait_until(lambda: thread.worker.leading, "the worker leads")
    record(database, [a_position("ACC100", ("USD", 1, 100_000_001)), trade(1)])
    thread.join()
    assert isinstance(thread.failure, IntegrityError)
    assert types_of(database.application_url, of("trade", "T1")) == ["TradeSubmitted.v1"]


def test_rows_and_the_workers_position_are_stored_together(database: Database) -> None:
    """Each page's transaction writes both: the same transaction id is on the rows and the track."""
    open_market(database)
    record(database, [trade(number, quantity=1) for number in range(1, 6)])
    with running_worker(database, page_limit=1):
        last = query(
            database.application_url,
            "SELECT max(notification_id) FROM ledger_events WHERE topic = 'TradeSubmitted.v1'",
        )[0][0]
        wait_decided(database, last)
    (row,) = query(
        database.application_url,
        "SELECT t.xmin = e.xmin FROM ledger_tracking t, ledger_events e"
        " ORDER BY e.notification_id DESC LIMIT 1",
    )
    assert row == (True,)


def leads(thread: WorkerThread) -> bool:
    return thread.worker.leading


def test_of_two_workers_one_leads_and_the_other_takes_over(database: Database) -> None:
    open_market(database)
    first = WorkerThread(worker_options(database, lease_seconds=1))
    wait_until(lambda: first.worker.leading, "the first leads")
    second = WorkerThread(worker_options(database, lease_seconds=1))
    wait_until(second.worker.ready.is_set, "the second stands by")
    record(database, [trade(1)])
    wait_until(lambda: len(types_of(database.application_url, of("trade", "T1"))) == 3, "T1")
    assert not leads(second)
    first.stop()
    record(database, [trade(2)])
    wait_until(lambda: len(types_of(database.application_url, of("trade", "T2"))) == 3, "T2")
    assert leads(second)
    second.stop()
    assert first.failure is None
    assert second.failure is None
    assert_contiguous(database.application_url)
    epochs = query(database.application_url, "SELECT epoch FROM leases")
    assert epochs == [(3,)]


@pytest.mark.parametrize("page_limit", [1, 3, 500])
def test_pages_of_any_size_decide_the_same(database: Database, page_limit: int) -> None:
    record(database, [trade(0)])
    open_market(database, shares=250)
    record(database, [trade(number) for number in range(1, 5)])
    settle_all(database, page_limit=page_limit)
    outcomes = [
        types_of(database.application_url, of("trade", f"T{number}"))[-1] for number in range(5)
    ]
    assert outcomes == ["TradeRejected.v1"] + ["TradeSettled.v1"] * 2 + ["TradeRejected.v1"] * 2
    assert_ledger_holds(database.application_url)
