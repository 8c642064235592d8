"""The same trades, repeated and in another order, end in the same balances and statuses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from adapters.cli.platform import Platform
from adapters.projection.digest import status_digest
from tests.journeys import ledger_checks
from tests.journeys.conftest import a_platform, free_settings
from tests.journeys.people import People, a_trade

pytestmark = pytest.mark.xdist_group("journeys")

PARALLEL = 100


def independent_trades() -> list[dict[str, Any]]:
    """Each within what the accounts held at the opening, so that no order lets one fail."""
    rng = Random(5)
    trades = []
    for number in range(60):
        buyer, seller = rng.sample(["ACC100", "ACC200"], 2)
        trades.append(
            a_trade(
                buyerAccountId=buyer,
                sellerAccountId=seller,
                instrumentId=rng.choice(["AAPL", "MSFT", "GE", "ENRN"]),
                quantity=rng.randint(1, 100),
                price=f"{rng.randint(10, 200)}.25",
                venue="XNYS",
                venueTradeId=f"T{number}",
            )
        )
    return trades


def final_digest(platform: Platform, people: People, requests: list[list[dict[str, Any]]]) -> str:
    """What the read models come to after these batches, one after another."""
    last = 0
    for batch in requests:
        answer = people.post("user", "/trades/batch", batch)
        assert answer.status_code == 202, answer.text
        last = max(last, answer.json()["ledgerPosition"])
    ledger_checks.wait_until_drained(platform, last)
    with ledger_checks.read_models(platform) as connection:
        return status_digest(connection)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with a_platform(free_settings(tmp_path_factory.mktemp("reordered") / "data")) as platform:
        yield platform


def test_duplicates_and_another_order_leave_the_same_digest(
    own_platform: Platform, own_people: People, fresh: Platform
) -> None:
    trades = independent_trades()
    once = final_digest(own_platform, own_people, [trades])

    rng = Random(6)
    repeated = trades + rng.choices(trades, k=40)
    rng.shuffle(repeated)
    people = People(fresh)
    pieces = [repeated[start : start + 7] for start in range(0, len(repeated), 7)]
    assert final_digest(fresh, people, pieces) == once
    people.close()


def test_parallel_identical_requests_make_one_trade(own_people: People) -> None:
    before = len(own_people.everything("risk", "/trades"))
    headers = {"Idempotency-Key": "in-parallel", "Prefer": "wait=10"}
    own_people.token("user")
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda _: own_people.post("user", "/trades", a_trade(), headers), range(PARALLEL)
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    (trade_id,) = {answer.json()["tradeId"] for answer in answers}
    after = max(answer.json()["ledgerPosition"] for answer in answers)
    own_people.get("user", f"/trades/{trade_id}", minPosition=after)
    assert len(own_people.everything("risk", "/trades")) == before + 1
