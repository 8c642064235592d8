"""What the tests of the write path share: a small market, and its actors."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent

from adapters.ledger.application import open_ledger
from adapters.ledger.codec import TOPICS, encode_state
from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.recorder import LedgerRecorder
from adapters.worker.worker import ClearingWorker, WorkerOptions
from commands.ports import BusinessKey, Instruction, Submission
from domain.kernel.event import Event
from domain.ledger.account import AccountKind
from domain.reference.business_day import BusinessDateOpened
from domain.settlement.transfer import TransferKind, TransferSubmitted
from tests.builders import (
    MONDAY,
    SEGMENT,
    History,
    a_listed_instrument,
    a_participant,
    a_submitted_trade,
    an_opened_account,
    of,
)
from tests.conftest import Database

CALENDAR = "XNYS"
SCHEMA = f"clearing_{SEGMENT}"
INSTRUCTION = Instruction(
    actor="6f0b8c1e-0f51-4f0c-8a57-5a0b6f1f9f10", correlation_id="test", source="test"
)
PATIENCE_SECONDS = 60.0
"""How long a test waits for what must happen, on a machine that may be busy with other things."""


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `holds()`; fail the test when it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.01)


def query(url: str, statement: Any, *values: object) -> list[tuple[Any, ...]]:
    """All rows of one statement, on a connection of its own, in the segment's schema."""
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        cursor = connection.execute(statement, values)
        return [] if cursor.description is None else cursor.fetchall()


def positions(url: str) -> list[int]:
    """Every position of the log, in order."""
    return [
        row[0]
        for row in query(url, "SELECT notification_id FROM ledger_events ORDER BY notification_id")
    ]


def assert_contiguous(url: str) -> None:
    """The log's positions are 1, 2, 3 … without a gap."""
    found = positions(url)
    assert found == list(range(1, len(found) + 1))


def record(database: Database, history: History) -> list[int]:
    """Append events of any streams in one transaction, behind what the streams hold."""
    versions = dict(
        query(
            database.application_url,
            "SELECT originator_id, max(originator_version) FROM ledger_events GROUP BY 1",
        )
    )
    stored = []
    for stream, event in history:
        versions[stream] = versions.get(stream, 0) + 1
        stored.append(
            StoredEvent(
                originator_id=stream,
                originator_version=versions[stream],
                topic=TOPICS[type(event)],
                state=encode_state(event),
            )
        )
    with open_ledger(database.application_url, segment=SEGMENT) as ledger:
        recorder = ledger.recorder
        assert isinstance(recorder, LedgerRecorder)
        return list(recorder.insert_events(stored) or [])


def account_ids(count: int) -> list[str]:
    """ACC100, ACC200, …"""
    return [f"ACC{100 * number}" for number in range(1, count + 1)]


def market(accounts: int = 2) -> History:
    """Reference data: an open Monday, AAPL, house accounts, and members' accounts with nothing."""
    return [
        (of("day", CALENDAR), BusinessDateOpened(business_date=MONDAY)),
        (of("participant", "HOUSE"), a_participant()),
        (of("participant", "BROKER"), a_participant()),
        (of("instrument", "AAPL"), a_listed_instrument()),
        (of("account", "BANK"), an_opened_account("HOUSE", kind=AccountKind.BANK)),
        (of("account", "ISSUER"), an_opened_account("HOUSE", kind=AccountKind.ISSUER)),
        *(
            (of("account", account_id), an_opened_account("BROKER"))
            for account_id in account_ids(accounts)
        ),
    ]


def opening(accounts: int = 2, *, shares: int = 10_000, cash: int = 100_000_000) -> History:
    """Transfers that give every member account shares and cash (in cents)."""
    history: list[tuple[str, Event]] = []
    for account_id in account_ids(accounts):
        for kind, asset, source, amount in (
            (TransferKind.ISSUANCE, "AAPL", "ISSUER", shares),
            (TransferKind.DEPOSIT, "USD", "BANK", cash),
        ):
            event = TransferSubmitted(
                kind=kind,
                asset=asset,
                amount=amount,
                from_account_id=source,
                to_account_id=account_id,
            )
            history.append((of("transfer", str(uuid4())), event))
    return history


def a_submission(
    event: Event | None = None,
    *,
    trade_id: str | None = None,
    keyed: bool = False,
    venue_trade_id: str | None = None,
    **terms: Any,
) -> Submission:
    """A trade to submit; with a `trade_id` of its own it can be sent again under the same key."""
    if event is None:
        event = a_submitted_trade(venue_trade_id=venue_trade_id, **terms)
    business_key = None
    if venue_trade_id is not None:
        business_key = BusinessKey(
            submitter=INSTRUCTION.actor,
            venue="XNAS",
            venue_trade_id=venue_trade_id,
            trade_date=terms.get("trade_date"),
        )
    return Submission(
        stream=of("trade", trade_id or str(uuid4())),
        event=event,
        instruction=INSTRUCTION,
        keyed=keyed,
        business_key=business_key,
    )


@contextmanager
def running_intake(
    database: Database, *, queue_limit: int = 50_000, page_limit: int = 2_000
) -> Iterator[GroupCommitIntake]:
    """An intake that appends to the database until the block ends."""
    intake = GroupCommitIntake(
        database.application_url,
        segment=SEGMENT,
        calendar=CALENDAR,
        queue_limit=queue_limit,
        page_limit=page_limit,
        interval_seconds=0.005,
    )
    intake.start()
    try:
        yield intake
    finally:
        intake.close()


def worker_options(
    database: Database,
    *,
    page_limit: int = 500,
    checkpoint_every: int = 10**9,
    lease_seconds: float = 5.0,
) -> WorkerOptions:
    """A worker's settings for a test."""
    return WorkerOptions(
        database_url=database.application_url,
        segment=SEGMENT,
        holder="test",
        lease_seconds=lease_seconds,
        page_limit=page_limit,
        checkpoint_every=checkpoint_every,
        interval_seconds=0.005,
    )


class WorkerThread:
    """A clearing worker in a thread; `failure` is what its run ended with."""

    def __init__(self, options: WorkerOptions) -> None:
        self.worker = ClearingWorker(options)
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.worker.run()
        except BaseException as failure:  # noqa: BLE001 - looked at by the test
            self.failure = failure

    def join(self) -> None:
        """Wait until the run has ended."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        """Stop in order."""
        self.worker.stop()
        self.join()


@contextmanager
def running_worker(database: Database, **options: Any) -> Iterator[WorkerThread]:
    """A worker that decides until the block ends; what it failed of is raised there."""
    thread = WorkerThread(worker_options(database, **options))
    try:
        yield thread
    finally:
        thread.stop()
    if thread.failure is not None:
        raise thread.failure


def decided_until(url: str) -> int:
    """The position up to which the worker has decided, by its tracking row."""
    rows = query(
        url,
        "SELECT notification_id FROM ledger_tracking WHERE application_name = 'clearing-worker'",
    )
    return rows[0][0] if rows else 0


def wait_decided(database: Database, position: int) -> None:
    """Until the worker has decided the instruction at `position`."""
    url = database.application_url
    wait_until(lambda: decided_until(url) >= position, f"decided until {position}")


def settle_all(database: Database, **options: Any) -> None:
    """Run a worker until every instruction of the log is decided."""
    last = query(
        database.application_url,
        "SELECT max(notification_id) FROM ledger_events WHERE originator_version = 1"
        " AND split_part(originator_id, ':', 2) IN ('trade', 'transfer', 'administration')",
    )
    with running_worker(database, **options):
        if last[0][0] is not None:
            wait_decided(database, last[0][0])


def open_market(database: Database, accounts: int = 2, **amounts: int) -> None:
    """Reference data and opening balances, settled."""
    record(database, [*market(accounts), *opening(accounts, **amounts)])
    settle_all(database)


def types_of(url: str, stream: str) -> list[str]:
    """The types of a stream's events, in order."""
    return [
        row[0]
        for row in query(
            url,
            "SELECT topic FROM ledger_events WHERE originator_id = %s ORDER BY originator_version",
            stream,
        )
    ]


def trade_streams(url: str) -> Sequence[str]:
    """The streams of all submitted trades, in order of position."""
    return [
        row[0]
        for row in query(
            url,
            "SELECT originator_id FROM ledger_events WHERE topic = 'TradeSubmitted.v1'"
            " ORDER BY notification_id",
        )
    ]
