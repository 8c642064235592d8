"""PostgreSQL is killed: 503 with Retry-After while it is away, and everything back by itself."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import msgspec
import psutil
import pytest

from adapters.cli.platform import Platform
from tests.journeys import ledger_checks
from tests.journeys.load import Load
from tests.journeys.people import TRADE, People, wait_until

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.slow]

RECOVERED_WITHIN_SECONDS = 60.0


class Loss(msgspec.Struct, frozen=True):
    """What clients were told while the database was away, and what had been acknowledged."""

    answers: list[httpx.Response]
    acknowledged: list[str]


def postmaster(platform: Platform) -> psutil.Process:
    pid_file = platform.settings.data_directory / "postgres" / "postmaster.pid"
    return psutil.Process(int(pid_file.read_text().split("\n")[0]))


def ask_until_settled(people: People, answers: list[httpx.Response]) -> None:
    """Submit one trade again and again under one key; keep every answer until it is taken."""
    url = f"{people.platform.api_url}/api/v1/trades"
    headers = {
        "Authorization": f"Bearer {people.token('user')}",
        "Idempotency-Key": "while-the-database-was-away",
        "Prefer": "wait=10",
    }
    deadline = time.monotonic() + RECOVERED_WITHIN_SECONDS
    with httpx.Client(timeout=30.0, trust_env=False) as http:
        while time.monotonic() < deadline:
            answers.append(http.post(url, json=TRADE, headers=headers))
            if answers[-1].status_code == 201 and answers[-1].json()["status"] == "SETTLED":
                return
            time.sleep(0.1)
    raise AssertionError(f"not taken in time: {answers[-1].text}")


def reads_answer(people: People) -> bool:
    return all(people.get("risk", "/positions").is_success for _ in range(20))


@pytest.fixture(scope="module")
def loss(own_platform: Platform) -> Iterator[Loss]:
    everybody = People(own_platform)
    answers: list[httpx.Response] = []
    with Load(everybody, seed=1, clients=2) as load:
        time.sleep(1.0)
        killed = postmaster(own_platform)
        os.kill(killed.pid, signal.SIGKILL)
        ask_until_settled(everybody, answers)
        time.sleep(0.5)
    ledger_checks.wait_until_drained(own_platform, load.last_position)
    # Connections that broke are found out one by one, each by a 503 to whoever gets it.
    wait_until(lambda: reads_answer(everybody), RECOVERED_WITHIN_SECONDS)
    yield Loss(answers, load.acknowledged)
    everybody.close()


def test_while_it_is_away_clients_are_told_when_to_come_back(loss: Loss) -> None:
    refused = [answer for answer in loss.answers if answer.status_code not in {201, 202}]
    assert refused
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert {answer.headers["Content-Type"] for answer in refused} == {"application/problem+json"}


def test_what_was_acknowledged_before_is_still_there_once(loss: Loss, own_people: People) -> None:
    assert len(loss.acknowledged) > 100
    ledger_checks.assert_each_once_with_an_outcome(own_people, loss.acknowledged)


def test_the_invariants_hold(loss: Loss, own_platform: Platform, own_people: People) -> None:
    ledger_checks.assert_the_log_holds(own_platform, loss.acknowledged)
    ledger_checks.assert_positions_are_those_of_the_log(own_platform, own_people)
    ledger_checks.assert_rebuilt_read_models_are_equal(own_platform)


@pytest.mark.usefixtures("loss")
def test_reads_and_writes_go_on(own_people: People) -> None:
    submission = own_people.settle()
    wait_until(
        lambda: own_people.get("user", f"/trades/{submission['tradeId']}").status_code == 200, 5
    )
