"""Whatever the interleaving of submissions and their repetitions, the log is their set."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.embedded import EmbeddedPostgres
from adapters.ledger.intake import GroupCommitIntake
from commands.ports import Accepted, Refused, Submission
from tests.adapters.ledger.support import (
    a_submission,
    assert_contiguous,
    market,
    query,
    record,
    running_intake,
)
from tests.builders import of
from tests.conftest import Database


class Report(NamedTuple):
    """One submission as hypothesis draws it: which key, which venue trade id, which content."""

    key: int | None
    venue_trade_id: int | None
    quantity: int


reports = st.builds(
    Report,
    key=st.none() | st.integers(0, 4),
    venue_trade_id=st.none() | st.integers(0, 4),
    quantity=st.integers(1, 2),
)
# Callers at once; each submits its requests one after the other, each request has several reports.
plans = st.lists(
    st.lists(st.lists(reports, min_size=1, max_size=6), min_size=1, max_size=3),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def shared(
    postgres: EmbeddedPostgres, database_template: str
) -> Iterator[tuple[Database, GroupCommitIntake]]:
    """One database for all examples: each draws its keys from a range of its own."""
    name = "test_intake_properties"
    postgres.create_database(name, template=database_template)
    database = Database(
        name=name,
        segment="us",
        owner_url=postgres.owner_url(name),
        application_url=postgres.application_url(name),
    )
    record(database, market())
    with running_intake(database, page_limit=5) as intake:
        yield database, intake
    assert_contiguous(database.application_url)
    postgres.drop_database(name)


examples = iter(range(1, 10**9))


def submission(example: int, report: Report) -> Submission:
    """A key is scoped to the example; so is a venue trade id."""
    venue_trade_id = None
    if report.venue_trade_id is not None:
        venue_trade_id = f"{example}.{report.venue_trade_id}"
    trade_id = None
    if report.key is not None:
        trade_id = str(UUID(int=(example << 64) + report.key, version=5))
    return a_submission(
        trade_id=trade_id,
        keyed=report.key is not None,
        venue_trade_id=venue_trade_id,
        quantity=report.quantity,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_any_interleaving_of_repetitions_is_a_set(
    shared: tuple[Database, GroupCommitIntake], plan: list[list[list[Report]]]
) -> None:
    database, intake = shared
    example = next(examples)
    answered: list[tuple[Submission, Accepted | Refused]] = []

    async def caller(requests: list[list[Report]]) -> None:
        for request in requests:
            submissions = [submission(example, report) for report in request]
            answers = await intake.submit(submissions)
            answered.extend(zip(submissions, answers, strict=True))

    async def all_callers() -> None:
        await asyncio.gather(*(caller(requests) for requests in plan))

    before = query(database.application_url, "SELECT max(notification_id) FROM ledger_events")
    asyncio.run(all_callers())
    stored = dict(
        query(
            database.application_url,
            "SELECT originator_id, (notification_id, convert_from(state, 'UTF8'))::text"
            " FROM ledger_events WHERE notification_id > %s",
            before[0][0],
        )
    )
    check(answered, stored)


def check(answered: list[tuple[Submission, Accepted | Refused]], stored: dict[str, str]) -> None:
    """What every caller was told agrees with the log, and the log holds nothing else."""
    told = {
        answer.stream: answer.position for _, answer in answered if isinstance(answer, Accepted)
    }
    assert {stream: position_of(row) for stream, row in stored.items()} == told
    firsts = [a.stream for _, a in answered if isinstance(a, Accepted) and not a.replayed]
    assert sorted(firsts) == sorted(stored), "each trade was new to exactly one caller"
    holders: dict[str, str] = {}
    for asked, answer in answered:
        assert not isinstance(answer, Refused) or answer.code in {
            "IDEMPOTENCY_KEY_REUSED",
            "VENUE_TRADE_ID_REUSED",
        }
        if isinstance(answer, Accepted):
            # Accepted as another trade only because of the business key, never under this key.
            assert answer.stream == asked.stream or asked.business_key is not None
            if asked.business_key is not None:
                venue_trade_id = asked.business_key.venue_trade_id
                assert holders.setdefault(venue_trade_id, answer.stream) == answer.stream
    assert all(stream.startswith(of("trade", "")) for stream in stored)


def position_of(row: str) -> int:
    """The position in a row that PostgreSQL wrote as text."""
    return int(row[1 : row.index(",")])
