"""Seeding: through the write side, settled by the worker, and the same when it is repeated."""

import threading
from collections.abc import Iterator
from datetime import date

import msgspec
import psycopg
import pytest

from adapters.cli.errors import CommandError
from adapters.cli.seed import last_weekday, seed, seed_development
from adapters.demo.brokers import SUSPENDED, opening_balances, reference_data
from adapters.demo.market import DEFAULT_DAY
from adapters.demo.seeding import Opening
from adapters.ledger.schema import schema_name
from adapters.settings import Settings
from adapters.worker.worker import ClearingWorker, WorkerOptions
from tests.conftest import SEGMENT, Database

SETTLED_SECONDS = 20.0


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(database_url=database.application_url, database_owner_url=database.owner_url)


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    options = WorkerOptions(
        database_url=settings.database_url,
        segment=SEGMENT,
        holder="test",
        lease_seconds=5,
        page_limit=2_000,
        checkpoint_every=10**9,
        interval_seconds=0.005,
    )
    worker = ClearingWorker(options)
    thread = threading.Thread(target=worker.run)
    thread.start()
    yield
    worker.stop()
    thread.join()


def counts(settings: Settings) -> dict[str, int]:
    log = f"{schema_name(settings.segment)}.ledger_events"
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute(f"SELECT topic, count(*) FROM {log} GROUP BY topic").fetchall()
    return dict(rows)


@pytest.mark.usefixtures("worker")
def test_the_development_data_settle(settings: Settings) -> None:
    balances = seed_development(settings, wait_seconds=SETTLED_SECONDS)
    found = counts(settings)
    assert found["TransferSettled.v1"] == balances == 8
    assert found["BusinessDateOpened.v1"] == 1
    assert "TransferRejected.v1" not in found


@pytest.mark.usefixtures("worker")
def test_seeding_again_changes_nothing(settings: Settings) -> None:
    seed_development(settings, wait_seconds=SETTLED_SECONDS)
    before = counts(settings)
    seed_development(settings, wait_seconds=SETTLED_SECONDS)
    assert counts(settings) == before


def test_without_a_worker_the_data_are_recorded_and_the_command_says_that_they_wait(
    settings: Settings,
) -> None:
    with pytest.raises(CommandError, match="is a clearing worker running"):
        seed_development(settings, wait_seconds=0.2)
    assert counts(settings)["TransferSubmitted.v1"] == 8


def test_other_data_under_the_same_id_are_said_and_not_overwritten(settings: Settings) -> None:
    opening = Opening(reference=reference_data(), balances=(), business_date=DEFAULT_DAY)
    seed(settings, opening)
    renamed = [
        msgspec.structs.replace(each, name="Somebody else")
        for each in opening.reference.participants
    ]
    other = msgspec.structs.replace(opening.reference, participants=tuple(renamed))
    with pytest.raises(CommandError, match="IDEMPOTENCY_KEY_REUSED"):
        seed(settings, msgspec.structs.replace(opening, reference=other))


@pytest.mark.usefixtures("worker")
def test_the_market_opens_with_every_balance_settled_and_two_accounts_suspended(
    settings: Settings,
) -> None:
    opening = Opening(
        reference=reference_data(), balances=opening_balances(50_000), business_date=DEFAULT_DAY
    )
    balances = seed(settings, opening, wait_seconds=SETTLED_SECONDS)
    found = counts(settings)
    assert found["TransferSettled.v1"] == balances
    assert found["AccountSuspended.v1"] == len(SUSPENDED)
    assert found["AccountOpened.v1"] == len(opening.reference.accounts)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 20)),
        (date(2026, 11, 22), date(2026, 11, 20)),
        (date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_the_business_date_of_a_weekend_is_its_friday(today: date, expected: date) -> None:
    assert last_weekday(today) == expected
