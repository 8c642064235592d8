"""From a submitted trade to what each of its readers sees of it."""

import json
import time
from typing import Any

import httpx
import pytest

from tests.journeys.people import SETTLED_WITHIN_SECONDS, People, a_trade

pytestmark = pytest.mark.xdist_group("journeys")


@pytest.fixture
def settled(people: People) -> dict[str, Any]:
    return people.settle()


def test_a_submitted_trade_shows_as_settled_within_a_second(people: People) -> None:
    submitted = people.post("user", "/trades", a_trade())
    assert submitted.status_code == 202
    begun = time.monotonic()
    trade: dict[str, Any] = {}
    while trade.get("status") != "SETTLED":
        assert time.monotonic() - begun < SETTLED_WITHIN_SECONDS
        trade = people.get("user", f"/trades/{submitted.json()['tradeId']}").json()
    assert [state["status"] for state in trade["history"]] == ["SUBMITTED", "SETTLED"]


def test_the_answer_tells_where_the_trade_is_and_where_it_stands(people: People) -> None:
    answer = people.post("user", "/trades", a_trade())
    trade_id = answer.json()["tradeId"]
    assert answer.headers["Location"].endswith(f"/trades/{trade_id}")
    assert int(answer.headers["Ledger-Position"]) == answer.json()["ledgerPosition"]


def test_four_movements_make_a_settlement_and_each_account_has_two(
    people: People, settled: dict[str, Any]
) -> None:
    found = {}
    for account in ("ACC100", "ACC200"):
        answer = people.get(
            "risk",
            f"/accounts/{account}/movements",
            minPosition=settled["ledgerPosition"],
            limit=1000,
        )
        found[account] = {
            movement["assetId"]: movement["amount"]
            for movement in answer.json()["items"]
            if movement["causeId"] == settled["tradeId"]
        }
    assert found == {
        "ACC100": {"AAPL": 100, "USD": "-15000.00"},
        "ACC200": {"AAPL": -100, "USD": "15000.00"},
    }


def test_a_statement_closes_with_the_position(people: People, settled: dict[str, Any]) -> None:
    after = settled["ledgerPosition"]
    statement = people.get("risk", "/accounts/ACC100/movements", minPosition=after).json()
    closing = {each["assetId"]: str(each["closingBalance"]) for each in statement["balances"]}
    assert closing == people.holdings("ACC100", after=after)


def test_the_settlement_names_both_sides(people: People, settled: dict[str, Any]) -> None:
    rows = people.get(
        "risk", "/settlements", accountId="ACC100", minPosition=settled["ledgerPosition"]
    ).json()["items"]
    settlement = next(row for row in rows if row["instructionId"] == settled["tradeId"])
    assert settlement["delivererAccountId"] == "ACC200"
    assert settlement["receiverAccountId"] == "ACC100"
    assert settlement["quantity"] == 100
    assert settlement["consideration"] == "15000.00"


@pytest.mark.parametrize("broker", ["broker100", "broker200"])
def test_both_participants_are_notified(
    people: People, settled: dict[str, Any], broker: str
) -> None:
    after = settled["ledgerPosition"]
    rows = people.get(broker, "/notifications", since=after - 1, minPosition=after).json()["items"]
    notified = [row for row in rows if row["instructionId"] == settled["tradeId"]]
    assert [row["outcome"] for row in notified] == ["SETTLED"]
    assert {row["participantId"] for row in rows} == {broker.upper()}


def test_a_notification_is_pushed_to_who_listens(people: People, settled: dict[str, Any]) -> None:
    headers = {
        "Authorization": f"Bearer {people.token('broker100')}",
        "Last-Event-ID": str(settled["ledgerPosition"]),
    }
    url = f"{people.platform.api_url}/api/v1/notifications/stream"
    with httpx.stream("GET", url, headers=headers, timeout=5.0, trust_env=False) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        expected = people.settle()["tradeId"]
        pushed = (line[6:] for line in stream.iter_lines() if line.startswith("data: "))
        assert json.loads(next(pushed))["instructionId"] == expected


def test_a_participant_sees_its_own_side_and_nobody_elses(
    people: People, settled: dict[str, Any]
) -> None:
    position = settled["ledgerPosition"]
    own = people.get("broker100", f"/trades/{settled['tradeId']}", minPosition=position)
    assert own.status_code == 200
    assert people.get("broker100", "/accounts/ACC100/positions").status_code == 200
    assert people.get("broker100", "/accounts/ACC200/positions").status_code == 404
    assert people.get("broker100", "/accounts/ACC200/movements").status_code == 404
    rows = people.everything("broker100", "/positions")
    assert {row["accountId"] for row in rows} == {"ACC100"}


def test_a_participant_cannot_move_what_is_not_its_own(people: People) -> None:
    before = people.holdings("ACC200")
    assert people.post("broker100", "/trades", a_trade()).status_code == 403
    assert people.holdings("ACC200") == before


def test_an_oversell_is_rejected_with_its_code_and_moves_nothing(people: People) -> None:
    before = people.holdings("ACC100"), people.holdings("ACC200")
    answer = people.post(
        "user", "/trades", a_trade(quantity=10_000_000, price="0.01"), {"Prefer": "wait=5"}
    )
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == "INSUFFICIENT_SECURITIES"
    after = int(answer.headers["Ledger-Position"])
    assert (people.holdings("ACC100", after=after), people.holdings("ACC200")) == before


def test_a_rejected_trade_can_be_read_with_its_reason(people: People) -> None:
    submitted = people.post("user", "/trades", a_trade(instrumentId="ENRN"), {"Prefer": "wait=5"})
    after = int(submitted.headers["Ledger-Position"])
    address = submitted.headers["Location"].removeprefix("/api/v1")
    trade = people.get("user", address, minPosition=after)
    assert trade.json()["status"] == "REJECTED"
    assert trade.json()["rejection"]["code"] == "UNKNOWN_INSTRUMENT"


def test_the_same_key_again_gets_the_same_answer_and_moves_nothing(people: People) -> None:
    headers = {"Idempotency-Key": "journey-1", "Prefer": "wait=5"}
    first = people.post("user", "/trades", a_trade(), headers)
    after = first.json()["ledgerPosition"]
    before = people.holdings("ACC100", after=after)
    second = people.post("user", "/trades", a_trade(), headers)
    assert second.json()["tradeId"] == first.json()["tradeId"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert people.holdings("ACC100", after=after) == before


def test_the_same_key_with_another_trade_is_refused(people: People) -> None:
    headers = {"Idempotency-Key": "journey-2"}
    people.post("user", "/trades", a_trade(), headers)
    answer = people.post("user", "/trades", a_trade(quantity=101), headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
