"""Batches: each element by itself, in order, whatever its neighbours are."""

import json
from typing import Any

import httpx

from tests.adapters.http.house import House, a_key, a_trade

NDJSON = "application/x-ndjson"


def codes(answer: httpx.Response) -> list[str | None]:
    assert answer.status_code == 202, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(results)))
    return [result.get("code") for result in results]


def test_every_element_gets_its_trade(house: House) -> None:
    answer = house.post("user", "/trades/batch", [a_trade(quantity=n) for n in range(1, 51)])
    assert codes(answer) == [None] * 50
    body = answer.json()
    assert body["accepted"] == 50
    assert len({result["tradeId"] for result in body["results"]}) == 50
    assert answer.headers["Ledger-Position"] == str(body["ledgerPosition"])


def test_an_ill_formed_element_refuses_itself_and_not_its_neighbours(house: House) -> None:
    batch = [
        a_trade(),
        a_trade(quantity=0),
        a_trade(price="NaN"),
        a_trade(sellerAccountId="ACC100"),
        a_trade(surprise=1),
        "no trade",
        a_trade(quantity="1"),
        a_trade(currency="XXX"),
        a_trade(),
    ]
    answer = house.post("user", "/trades/batch", batch)
    assert codes(answer) == [
        None,
        "INVALID_QUANTITY",
        "INVALID_PRICE",
        "SAME_ACCOUNT",
        "INVALID_REQUEST",
        "INVALID_REQUEST",
        "INVALID_REQUEST",
        "INVALID_CURRENCY",
        None,
    ]
    assert answer.json()["accepted"] == 2


def test_a_repeated_key_in_one_element_refuses_that_element(house: House) -> None:
    good = json.dumps(a_trade())
    twice = good[:-1] + ', "quantity": 7}'
    answer = house.send("user", "/trades/batch", f"[{good},{twice},{good}]".encode())
    assert codes(answer) == [None, "INVALID_REQUEST", None]


def test_lines_of_json_are_a_batch(house: House) -> None:
    lines = [json.dumps(a_trade()), "{broken", json.dumps(a_trade()), ""]
    answer = house.send("user", "/trades/batch", "\n".join(lines).encode(), Content_Type=NDJSON)
    assert codes(answer) == [None, "INVALID_REQUEST", None]


def test_two_objects_on_one_line_are_no_trade(house: House) -> None:
    line = json.dumps(a_trade()) * 2
    answer = house.send("user", "/trades/batch", line.encode(), Content_Type=NDJSON)
    assert codes(answer) == ["INVALID_REQUEST"]


def test_a_line_that_is_not_utf8_refuses_itself(house: House) -> None:
    body = b'{"instrumentId": "\xff"}\n' + json.dumps(a_trade()).encode()
    answer = house.send("user", "/trades/batch", body, Content_Type=NDJSON)
    assert codes(answer) == ["INVALID_REQUEST", None]


def test_a_batch_again_under_its_key_is_the_same_trades(house: House) -> None:
    key = a_key()
    batch = [a_trade(), a_trade(quantity=2)]
    first = house.post("user", "/trades/batch", batch, Idempotency_Key=key)
    again = house.post("user", "/trades/batch", batch, Idempotency_Key=key)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_batch_under_the_key_is_refused(house: House) -> None:
    key = a_key()
    house.post("user", "/trades/batch", [a_trade(), a_trade()], Idempotency_Key=key)
    again = house.post(
        "user", "/trades/batch", [a_trade(), a_trade(quantity=9)], Idempotency_Key=key
    )
    assert again.status_code == 422
    assert again.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_duplicate_by_venue_trade_id_does_not_fail_its_neighbours(house: House) -> None:
    same = a_trade(venue="XNAS", venueTradeId=a_key())
    answer = house.post("user", "/trades/batch", [same, same, same | {"quantity": 5}, a_trade()])
    assert codes(answer) == [None, None, "VENUE_TRADE_ID_REUSED", None]
    results = answer.json()["results"]
    assert results[0]["tradeId"] == results[1]["tradeId"] != results[3]["tradeId"]


def test_a_participant_submits_only_between_its_own_accounts(house: House) -> None:
    own = house.an_account("BROKER100")
    batch = [a_trade(sellerAccountId=own), a_trade(), a_trade(sellerAccountId="NOBODY")]
    answer = house.post("broker100", "/trades/batch", batch)
    assert codes(answer) == [None, "FORBIDDEN", "FORBIDDEN"]


def test_an_empty_batch_is_refused(house: House) -> None:
    assert house.post("user", "/trades/batch", []).status_code == 400


def test_what_is_no_array_is_refused(house: House) -> None:
    answer = house.post("user", "/trades/batch", a_trade())
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_REQUEST"


def test_more_than_ten_thousand_are_refused(house: House) -> None:
    answer = house.send("user", "/trades/batch", b"[" + b"{}," * 10_000 + b"{}]")
    assert answer.status_code == 413
    assert answer.json()["code"] == "BATCH_TOO_LARGE"


def test_a_body_above_the_limit_is_refused(house: House) -> None:
    limit = house.settings.request_body_limit_bytes
    answer = house.send("user", "/trades/batch", b" " * (limit + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "BODY_TOO_LARGE"
