"""How far behind is whom; the worker is behind only while an instruction is undecided."""

from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.codec import TOPICS
from adapters.ledger.schema import WORKER_APPLICATION
from adapters.worker.decide import INSTRUCTIONS
from queries import lag as lag_module
from queries.lag import LagView, lag, lag_now
from tests.projections.reading import connected, follow
from tests.projections.recorded_day import RecordedDay
from tests.queries.asking import ask


def _followers(url: str) -> dict[str, LagView]:
    return {follower.name: follower for follower in ask(url, lag).content}


def _worker_at(url: str, position: int) -> None:
    with connected(url) as connection:
        connection.execute(
            "INSERT INTO ledger_tracking VALUES (%s, %s)", (WORKER_APPLICATION, position)
        )


def test_who_has_read_everything_is_not_behind(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    follow(database.application_url)
    trades = _followers(database.application_url)["trades"]
    assert (trades.ledger_position, trades.behind, trades.behind_seconds) == (day.head, 0, 0.0)


def test_who_has_not_is_behind_by_positions_and_by_the_age_of_the_first_of_them(
    database: Any,
) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url)
        before = day.head
        day.submit_trade("waiting")
    with connected(database.application_url) as connection:
        connection.execute("SELECT pg_sleep(0.05)")
    trades = _followers(database.application_url)["trades"]
    assert (trades.ledger_position, trades.behind) == (before, 1)
    assert 0.05 <= trades.behind_seconds < 60


def test_the_worker_is_not_behind_when_all_instructions_are_decided(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        day.submit_trade("last")
        decided = day.head
        day.next_day()
    _worker_at(database.application_url, decided)
    worker = _followers(database.application_url)[WORKER_APPLICATION]
    assert (worker.ledger_position, worker.behind, worker.behind_seconds) == (decided, 0, 0.0)


def test_the_worker_is_behind_while_an_instruction_waits(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        decided = day.head
        day.submit_trade("waiting")
    _worker_at(database.application_url, decided)
    assert _followers(database.application_url)[WORKER_APPLICATION].behind == 1


def test_an_empty_ledger_has_no_followers(database: Any) -> None:
    with connected(database.application_url) as connection:
        found = lag_now(connection)
    assert (found.content, found.ledger_position) == ([], 0)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_the_question_knows_every_instruction(instruction: type) -> None:
    assert f"'{TOPICS[instruction]}'" in Path(lag_module.__file__).read_text(encoding="utf-8")
