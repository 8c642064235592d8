"""Intake: group commit, duplicates of every kind, its bounds, and the database lost under it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from adapters.ledger.append import append_statements, open_append
from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.rows import EventTooLarge
from commands.ports import Accepted, IntakeFull, LedgerUnavailable, Refused, Submission
from domain.reference.business_day import (
    TRADE_DATE_AGE_MAXIMUM_DAYS,
    BusinessDateClosed,
    BusinessDateOpened,
)
from tests.adapters.ledger.support import (
    CALENDAR,
    a_submission,
    assert_contiguous,
    market,
    query,
    record,
    running_intake,
    settle_all,
    trade_streams,
    types_of,
    wait_until,
)
from tests.builders import MONDAY, SEGMENT, a_submitted_trade, of
from tests.conftest import Database

TOO_OLD = MONDAY - timedelta(days=TRADE_DATE_AGE_MAXIMUM_DAYS + 1)
Answers = list[Accepted | Refused]


@pytest.fixture
def open_day(database: Database) -> Database:
    """A database with reference data: the business date is MONDAY."""
    record(database, market())
    return database


@pytest.fixture
def intake(open_day: Database) -> Iterator[GroupCommitIntake]:
    with running_intake(open_day) as running:
        yield running


def submit(intake: GroupCommitIntake, *submissions: Submission) -> Answers:
    return asyncio.run(intake.submit(submissions))


def ids(answers: Sequence[Accepted | Refused]) -> list[str]:
    """The stream of each accepted submission, the code of each refusal."""
    return [answer.stream if isinstance(answer, Accepted) else answer.code for answer in answers]


@contextmanager
def append_lock_held(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Nobody else appends until the block ends."""
    with (
        psycopg.connect(database.application_url, autocommit=True) as connection,
        open_append(connection, append_statements(SEGMENT)),
    ):
        yield connection


async def queued(intake: GroupCommitIntake, depth: int) -> None:
    """Return when so many submissions wait."""
    while intake.depth < depth:  # noqa: ASYNC110 - the queue belongs to another thread
        await asyncio.sleep(0.01)


# Appending


def test_answers_carry_the_positions_in_order(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    begun = len(market())
    submissions = [a_submission() for _ in range(5)]
    answers = submit(intake, *submissions)
    assert answers == [
        Accepted(submission.stream, begun + number)
        for number, submission in enumerate(submissions, start=1)
    ]
    assert trade_streams(open_day.application_url) == [s.stream for s in submissions]


def test_metadata_are_stored_with_the_instruction(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    submit(intake, a_submission())
    stored = query(
        open_day.application_url,
        "SELECT metadata::text FROM ledger WHERE event = 'TradeSubmitted.v1'",
    )
    assert stored == [
        ('{"actor":"6f0b8c1e-0f51-4f0c-8a57-5a0b6f1f9f10","correlation":"test","source":"test"}',)
    ]


def test_nothing_submitted_is_nothing_answered(intake: GroupCommitIntake) -> None:
    assert submit(intake) == []


def test_a_batch_larger_than_a_page_is_answered_whole_and_in_order(open_day: Database) -> None:
    submissions = [a_submission() for _ in range(57)]
    with running_intake(open_day, page_limit=10) as intake:
        answers = submit(intake, *submissions)
    assert ids(answers) == [submission.stream for submission in submissions]
    assert_contiguous(open_day.application_url)


def test_callers_that_wait_together_are_appended_together(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    async def many() -> None:
        with append_lock_held(open_day):
            tasks = [asyncio.create_task(intake.submit([a_submission()])) for _ in range(40)]
            await queued(intake, 40)
        await asyncio.gather(*tasks)

    asyncio.run(many())
    pages = query(
        open_day.application_url,
        "SELECT count(DISTINCT recorded_at) FROM ledger_events WHERE topic = 'TradeSubmitted.v1'",
    )
    assert pages[0][0] <= 2


# The same idempotency key


def test_a_retry_under_a_key_gets_the_first_answer(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    """G2: the answer to the first was lost; the retry learns the same id and position."""
    submission = a_submission(keyed=True)
    first = submit(intake, submission)
    assert isinstance(first[0], Accepted)
    again = submit(intake, submission)
    assert again == [msgspec.structs.replace(first[0], replayed=True)]
    assert len(trade_streams(open_day.application_url)) == 1


def test_a_retry_after_a_restart_gets_the_first_answer(open_day: Database) -> None:
    submission = a_submission(keyed=True)
    with running_intake(open_day) as intake:
        first = submit(intake, submission)
    with running_intake(open_day) as intake:
        assert ids(submit(intake, submission)) == ids(first)
    assert len(trade_streams(open_day.application_url)) == 1


def test_a_key_with_another_payload_is_refused(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    trade_id = str(uuid4())
    submit(intake, a_submission(trade_id=trade_id, keyed=True))
    answers = submit(intake, a_submission(trade_id=trade_id, keyed=True, quantity=101))
    assert ids(answers) == ["IDEMPOTENCY_KEY_REUSED"]
    assert len(trade_streams(open_day.application_url)) == 1


def test_a_key_repeated_in_one_page_is_one_trade(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    submission = a_submission(keyed=True)
    answers = submit(intake, submission, submission, submission)
    assert ids(answers) == [submission.stream] * 3
    assert [answer.replayed for answer in answers if isinstance(answer, Accepted)] == [
        False,
        True,
        True,
    ]
    assert len(trade_streams(open_day.application_url)) == 1


def test_a_key_with_another_payload_in_one_page_is_refused(intake: GroupCommitIntake) -> None:
    trade_id = str(uuid4())
    answers = submit(
        intake,
        a_submission(trade_id=trade_id, keyed=True),
        a_submission(trade_id=trade_id, keyed=True, quantity=101),
    )
    assert ids(answers) == [of("trade", trade_id), "IDEMPOTENCY_KEY_REUSED"]


def test_a_batch_resumes_element_by_element(intake: GroupCommitIntake, open_day: Database) -> None:
    """The first attempt got as far as the second element; the whole is sent again."""
    batch = [a_submission(keyed=True) for _ in range(5)]
    submit(intake, *batch[:2])
    answers = submit(intake, *batch)
    assert ids(answers) == [submission.stream for submission in batch]
    assert trade_streams(open_day.application_url) == [submission.stream for submission in batch]


def test_a_hundred_identical_requests_at_once_are_one_trade(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    """G3."""
    submission = a_submission(keyed=True)

    async def hundred() -> list[Answers]:
        return await asyncio.gather(*(intake.submit([submission]) for _ in range(100)))

    answers = asyncio.run(hundred())
    assert {ids(answer)[0] for answer in answers} == {submission.stream}
    assert trade_streams(open_day.application_url) == [submission.stream]


def test_a_hundred_identical_requests_through_two_processes_are_one_trade(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    """Two intakes, each with its own connection and queue, as two API processes have."""
    submission = a_submission(keyed=True, venue_trade_id="V1")

    async def hundred(other: GroupCommitIntake) -> list[Answers]:
        calls = [(intake, other)[number % 2].submit([submission]) for number in range(100)]
        return await asyncio.gather(*calls)

    with running_intake(open_day) as other:
        answers = asyncio.run(hundred(other))
    assert {ids(answer)[0] for answer in answers} == {submission.stream}
    assert trade_streams(open_day.application_url) == [submission.stream]


# The same business key


def test_the_same_trade_under_another_key_is_the_first_trade(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    first = submit(intake, a_submission(keyed=True, venue_trade_id="V1"))
    again = submit(intake, a_submission(keyed=True, venue_trade_id="V1"))
    assert isinstance(first[0], Accepted)
    assert again == [msgspec.structs.replace(first[0], replayed=True)]
    assert len(trade_streams(open_day.application_url)) == 1


def test_another_trade_under_the_same_venue_trade_id_is_refused(intake: GroupCommitIntake) -> None:
    submit(intake, a_submission(venue_trade_id="V1"))
    assert ids(submit(intake, a_submission(venue_trade_id="V1", quantity=101))) == [
        "VENUE_TRADE_ID_REUSED"
    ]


def test_a_business_key_repeated_in_one_page(intake: GroupCommitIntake, open_day: Database) -> None:
    submissions = [
        a_submission(venue_trade_id="V1"),
        a_submission(venue_trade_id="V1"),
        a_submission(venue_trade_id="V1", quantity=101),
        a_submission(venue_trade_id="V2"),
    ]
    first, second = submissions[0].stream, submissions[3].stream
    assert ids(submit(intake, *submissions)) == [first, first, "VENUE_TRADE_ID_REUSED", second]
    assert trade_streams(open_day.application_url) == [first, second]


def test_a_price_written_with_other_zeros_is_the_same_trade(intake: GroupCommitIntake) -> None:
    price = a_submitted_trade().price
    first = submit(intake, a_submission(venue_trade_id="V1", price=price))
    again = submit(intake, a_submission(venue_trade_id="V1", price=price.normalize()))
    assert ids(again) == ids(first)


def test_the_business_date_is_the_trade_date_that_is_not_given(intake: GroupCommitIntake) -> None:
    first = submit(intake, a_submission(venue_trade_id="V1"))
    again = submit(intake, a_submission(venue_trade_id="V1", trade_date=MONDAY))
    assert ids(again) == ids(first)


def test_another_trade_date_is_another_trade(intake: GroupCommitIntake) -> None:
    submissions = [
        a_submission(venue_trade_id="V1"),
        a_submission(venue_trade_id="V1", trade_date=MONDAY - timedelta(days=3)),
        a_submission(venue_trade_id="V1", trade_date=MONDAY - timedelta(days=20)),
    ]
    assert ids(submit(intake, *submissions)) == [submission.stream for submission in submissions]


def test_a_rejected_trade_keeps_its_key(open_day: Database) -> None:
    with running_intake(open_day) as intake:
        rejected = a_submission(venue_trade_id="V1", instrument_id="NOPE")
        submit(intake, rejected)
        settle_all(open_day)
        assert types_of(open_day.application_url, rejected.stream)[-1] == "TradeRejected.v1"
        same = a_submission(venue_trade_id="V1", instrument_id="NOPE")
        assert ids(submit(intake, same)) == [rejected.stream]
        assert ids(submit(intake, a_submission(venue_trade_id="V1"))) == ["VENUE_TRADE_ID_REUSED"]


# Trade dates


@pytest.mark.parametrize(
    ("trade_date", "accepted"),
    [
        (MONDAY + timedelta(days=1), False),
        (MONDAY, True),
        (TOO_OLD + timedelta(days=1), True),
        (TOO_OLD, False),
    ],
)
def test_the_window_of_trade_dates(
    intake: GroupCommitIntake, trade_date: Any, accepted: bool
) -> None:
    answers = submit(intake, a_submission(trade_date=trade_date), a_submission())
    assert isinstance(answers[0], Accepted) is accepted
    if not accepted:
        assert ids(answers)[0] == "TRADE_DATE_OUT_OF_WINDOW"
    assert isinstance(answers[1], Accepted)


@pytest.mark.parametrize("keyed", [True, False], ids=["idempotency key", "business key"])
def test_a_retry_is_never_too_late(
    intake: GroupCommitIntake, open_day: Database, keyed: bool
) -> None:
    """The window has moved on since; what was accepted in it is answered, and not refused."""
    terms = {"venue_trade_id": "V1", "trade_date": MONDAY - timedelta(days=20)}
    first = a_submission(keyed=True, **terms)  # type: ignore[arg-type]
    submit(intake, first)
    next_month = MONDAY + timedelta(days=28)
    record(
        open_day,
        [
            (of("day", CALENDAR), BusinessDateClosed(business_date=MONDAY)),
            (of("day", CALENDAR), BusinessDateOpened(business_date=next_month)),
        ],
    )
    again = first if keyed else a_submission(**terms)  # type: ignore[arg-type]
    changed = a_submission(**terms, quantity=101)  # type: ignore[arg-type]
    unheard_of = a_submission(**(terms | {"venue_trade_id": "V2"}))  # type: ignore[arg-type]
    assert ids(submit(intake, again, changed, unheard_of)) == [
        first.stream,
        "VENUE_TRADE_ID_REUSED",
        "TRADE_DATE_OUT_OF_WINDOW",
    ]


# Bounds


def test_a_full_queue_takes_nothing_of_a_request(open_day: Database) -> None:
    with running_intake(open_day, queue_limit=10) as intake:
        eight = [a_submission() for _ in range(8)]

        async def fill() -> Answers:
            with append_lock_held(open_day):
                task = asyncio.create_task(intake.submit(eight))
                await queued(intake, 8)
                with pytest.raises(IntakeFull) as full:
                    await intake.submit([a_submission() for _ in range(3)])
                assert full.value.retry_after_seconds >= 1
                assert intake.depth == 8
            return await task

        assert len(asyncio.run(fill())) == 8
        assert intake.depth == 0
        assert len(submit(intake, *(a_submission() for _ in range(10)))) == 10
    assert len(trade_streams(open_day.application_url)) == 18


def test_closing_appends_what_is_queued_and_takes_no_more(open_day: Database) -> None:
    async def close_while_queued() -> Answers:
        with running_intake(open_day) as intake:
            with append_lock_held(open_day):
                task = asyncio.create_task(intake.submit([a_submission()]))
                await queued(intake, 1)
            closing = asyncio.create_task(asyncio.to_thread(intake.close))
            answers = await task
            await closing
            with pytest.raises(IntakeFull):
                await intake.submit([a_submission()])
            return answers

    assert len(asyncio.run(close_while_queued())) == 1


def test_a_submission_that_cannot_be_stored_fails_its_own_caller_only(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    huge = a_submitted_trade(client_reference="x" * 61_440)

    async def together() -> list[Any]:
        with append_lock_held(open_day):
            tasks = [
                asyncio.create_task(intake.submit([a_submission(event)]))
                for event in (a_submitted_trade(), huge, a_submitted_trade())
            ]
            await queued(intake, 3)
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, poisoned, last = asyncio.run(together())
    assert isinstance(poisoned, EventTooLarge)
    assert isinstance(first[0], Accepted)
    assert isinstance(last[0], Accepted)
    assert intake.depth == 0
    assert len(trade_streams(open_day.application_url)) == 2


# The database lost


def end_backends(database: Database, application_name: str) -> int:
    """End the connections of that name; returns how many."""
    return len(
        query(
            database.application_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            application_name,
        )
    )


def test_a_lost_connection_is_503_and_then_forgotten(
    intake: GroupCommitIntake, open_day: Database
) -> None:
    submission = a_submission(keyed=True)

    async def lose() -> None:
        with append_lock_held(open_day):
            task = asyncio.create_task(intake.submit([submission]))
            await asyncio.to_thread(
                wait_until, lambda: end_backends(open_day, "clearing intake") == 1, "it connected"
            )
            with pytest.raises(LedgerUnavailable):
                await task

    asyncio.run(lose())
    assert ids(submit(intake, submission)) == [submission.stream]
    assert trade_streams(open_day.application_url) == [submission.stream]
    assert intake.depth == 0


def test_after_a_failed_page_nothing_more_of_the_request_is_appended(open_day: Database) -> None:
    """Its caller was told that it failed; and the queue has room again."""
    ten = [a_submission() for _ in range(10)]
    with running_intake(open_day, page_limit=2, queue_limit=10) as intake:

        async def lose() -> None:
            with append_lock_held(open_day):
                task = asyncio.create_task(intake.submit(ten))
                await asyncio.to_thread(
                    wait_until,
                    lambda: end_backends(open_day, "clearing intake") == 1,
                    "it connected",
                )
                with pytest.raises(LedgerUnavailable):
                    await task

        asyncio.run(lose())
        assert intake.depth == 0
        assert len(submit(intake, *(a_submission() for _ in range(10)))) == 10
    assert len(trade_streams(open_day.application_url)) == 10


def test_a_partition_rolled_back_is_made_again(open_day: Database) -> None:
    """The claim's partition is made in the append's own transaction, and lost with it."""
    with running_intake(open_day) as intake:
        # A NUL cannot be stored as text: the claim fails after the partition was made.
        poisoned = a_submission(venue_trade_id="V\x00")
        with pytest.raises(psycopg.DataError):
            submit(intake, poisoned)
        submit(intake, a_submission(venue_trade_id="V1"))
    with running_intake(open_day) as other:
        submit(other, a_submission(venue_trade_id="V2"))
    found = query(
        open_day.application_url, "SELECT DISTINCT tableoid::regclass::text FROM trade_keys"
    )
    assert found == [("trade_keys_2026_01",)]


def test_a_database_that_is_away_is_503_until_it_is_back(database: Database, postgres: Any) -> None:
    record(database, market())
    away = f"{database.name}_away"
    with running_intake(database) as intake:
        submit(intake, a_submission())
        administrator = postgres.administrator_url()
        rename(administrator, database.name, away)
        for _ in range(2):
            with pytest.raises(LedgerUnavailable):
                submit(intake, a_submission())
        rename(administrator, away, database.name)
        submit(intake, a_submission())
    assert len(trade_streams(database.application_url)) == 2


def rename(administrator: str, name: str, other: str) -> None:
    """Make a database unreachable under its name: for its clients the same as a lost server."""
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        wait_until(
            lambda: (
                connection.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = %s", (name,)
                ).fetchone()
                is None
            ),
            "everybody has gone",
        )
        connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{other}"')
        connection.execute(f'ALTER DATABASE "{other}" ALLOW_CONNECTIONS true')


def test_what_was_acknowledged_is_there_whatever_happened_to_the_connection(
    open_day: Database,
) -> None:
    """Connections end at random moments while eight callers submit, and retry under their keys."""
    acknowledged: set[str] = set()

    async def caller(intake: GroupCommitIntake) -> None:
        for _ in range(25):
            submission = a_submission(keyed=True)
            while True:
                try:
                    answers = await intake.submit([submission])
                except LedgerUnavailable:
                    continue
                acknowledged.update(ids(answers))
                break

    async def run(intake: GroupCommitIntake) -> None:
        callers = asyncio.gather(*(caller(intake) for _ in range(8)))
        while not callers.done():
            await asyncio.to_thread(end_backends, open_day, "clearing intake")
            await asyncio.sleep(0.02)
        await callers

    with running_intake(open_day) as intake:
        asyncio.run(run(intake))
    streams = trade_streams(open_day.application_url)
    assert set(streams) == acknowledged
    assert len(streams) == len(acknowledged) == 200
    assert_contiguous(open_day.application_url)
