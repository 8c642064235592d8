"""Stopped and started again on the same folder: the same answers, and work goes on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import a_platform, free_settings
from tests.journeys.people import People, a_trade

pytestmark = pytest.mark.xdist_group("journeys")

KEY = {"Idempotency-Key": "before-the-restart", "Prefer": "wait=10"}


def answers(people: People, submission: dict[str, Any]) -> dict[str, Any]:
    """What everybody is told of a trade and of the accounts."""
    after = submission["ledgerPosition"]
    return {
        "trade": people.get("user", f"/trades/{submission['tradeId']}", minPosition=after).json(),
        "buyer": people.holdings("ACC100", after=after),
        "seller": people.holdings("ACC200", after=after),
        "movements": people.everything("risk", "/accounts/ACC100/movements", minPosition=after),
        "settlements": people.everything("risk", "/settlements", minPosition=after),
        "notifications": people.everything("broker100", "/notifications", minPosition=after),
        "day": people.get("operator", "/business-day").json(),
    }


class Restarted:
    """The same trade's answers before and after, and the platform that runs now."""

    def __init__(self, people: People, before: dict[str, Any], first: dict[str, Any]) -> None:
        self.people = people
        self.before = before
        self.first = first


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    settings = free_settings(tmp_path_factory.mktemp("restart") / "data")
    with a_platform(settings) as platform:
        people = People(platform)
        first = people.post("user", "/trades", a_trade(), KEY).json()
        before = answers(people, first)
        people.close()
    with a_platform(settings) as platform:
        people = People(platform)
        yield Restarted(people, before, first)
        people.close()


def test_every_answer_is_the_same(restarted: Restarted) -> None:
    assert answers(restarted.people, restarted.first) == restarted.before


def test_the_same_key_still_answers_with_the_same_trade(restarted: Restarted) -> None:
    again = restarted.people.post("user", "/trades", a_trade(), KEY)
    assert again.json()["tradeId"] == restarted.first["tradeId"]
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_next_trade_settles_on_top(restarted: Restarted) -> None:
    before = restarted.people.holdings("ACC100")
    submission = restarted.people.settle()
    after = restarted.people.holdings("ACC100", after=submission["ledgerPosition"])
    assert int(after["AAPL"]) == int(before["AAPL"]) + 100
