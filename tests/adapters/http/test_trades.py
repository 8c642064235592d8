"""Trades over HTTP: submitted, waited for, read back."""

import httpx

from tests.adapters.http.house import House, a_key, a_trade


def test_a_trade_is_accepted_with_its_id_and_position(house: House) -> None:
    answer = house.post("user", "/trades", a_trade())
    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "SUBMITTED"
    assert answer.headers["Ledger-Position"] == str(body["ledgerPosition"])
    assert answer.headers["Location"] == f"/api/v1/trades/{body['tradeId']}"


def test_waiting_for_a_trade_answers_with_its_settlement(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(), Prefer="wait=10")
    assert answer.status_code == 201
    assert answer.json()["status"] == "SETTLED"
    assert answer.headers["Preference-Applied"].startswith("wait=")


def test_the_outcomes_position_leads_to_the_settled_trade(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(), Prefer="wait=10")
    trade = house.get(
        "user", f"/trades/{answer.json()['tradeId']}", minPosition=answer.headers["Ledger-Position"]
    )
    assert trade.status_code == 200
    assert trade.json()["status"] == "SETTLED"
    assert [state["status"] for state in trade.json()["history"]] == ["SUBMITTED", "SETTLED"]
    assert int(trade.headers["Ledger-Position"]) >= int(answer.headers["Ledger-Position"])


def test_a_rejection_that_was_waited_for_is_a_problem_with_its_code(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(instrumentId="NOBODY"), Prefer="wait=10")
    assert answer.status_code == 422
    assert answer.json()["code"] == "UNKNOWN_INSTRUMENT"
    assert answer.headers["Content-Type"] == "application/problem+json"
    trade = house.http.get(
        answer.headers["Location"],
        params={"minPosition": answer.headers["Ledger-Position"]},
        headers=house.headers("user"),
    )
    assert trade.json()["rejection"]["code"] == "UNKNOWN_INSTRUMENT"


def test_a_rejection_names_the_unknown_side(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(sellerAccountId="NOBODY"), Prefer="wait=10")
    assert answer.json()["code"] == "UNKNOWN_ACCOUNT"
    assert "SELLER" in answer.json()["detail"]


def test_a_price_is_read_exactly_from_a_number(house: House) -> None:
    body = b"""{"instrumentId": "AAPL", "buyerAccountId": "ACC100", "sellerAccountId": "ACC200",
        "quantity": 3, "price": 150.07}"""
    answer = house.send("user", "/trades", body, Prefer="wait=10")
    trade = house.get(
        "user", f"/trades/{answer.json()['tradeId']}", minPosition=answer.headers["Ledger-Position"]
    ).json()
    assert trade["price"] == "150.07"
    assert trade["consideration"] == "450.21"


def test_the_same_key_and_payload_is_the_same_trade(house: House) -> None:
    key = a_key()
    first = house.post("user", "/trades", a_trade(), Idempotency_Key=key)
    again = house.post("user", "/trades", a_trade(), Idempotency_Key=key)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.status_code == 202
    assert again.json() == first.json()


def test_the_same_key_with_another_payload_is_refused(house: House) -> None:
    key = a_key()
    house.post("user", "/trades", a_trade(), Idempotency_Key=key)
    again = house.post("user", "/trades", a_trade(quantity=2), Idempotency_Key=key)
    assert again.status_code == 422
    assert again.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_key_belongs_to_its_caller(house: House) -> None:
    key = a_key()
    own = house.an_account("BROKER100")
    trade = a_trade(sellerAccountId=own)
    first = house.post("user", "/trades", trade, Idempotency_Key=key)
    other = house.post("broker100", "/trades", trade, Idempotency_Key=key)
    assert other.status_code == 202
    assert other.json()["tradeId"] != first.json()["tradeId"]


def test_the_same_venue_trade_id_is_the_same_trade_whatever_the_key(house: House) -> None:
    trade = a_trade(venue="XNAS", venueTradeId=a_key())
    first = house.post("user", "/trades", trade, Idempotency_Key=a_key())
    again = house.post("user", "/trades", trade, Idempotency_Key=a_key())
    assert again.json()["tradeId"] == first.json()["tradeId"]
    other = house.post("user", "/trades", trade | {"quantity": 2})
    assert other.status_code == 422
    assert other.json()["code"] == "VENUE_TRADE_ID_REUSED"


def test_a_trade_date_outside_the_window_is_refused(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(tradeDate="2001-01-02"))
    assert answer.status_code == 422
    assert answer.json()["code"] == "TRADE_DATE_OUT_OF_WINDOW"


def test_a_position_that_nobody_has_reached_is_503_in_time(house: House) -> None:
    answer = house.get("risk", "/trades", minPosition=10**12)
    assert answer.status_code == 503
    assert answer.json()["code"] == "NOT_REACHED_YET"
    assert answer.headers["Retry-After"]


def test_pages_of_trades_hold_each_trade_once(house: House) -> None:
    account = house.an_account("BROKER100")
    answers = [
        house.post("user", "/trades", a_trade(buyerAccountId=account), Prefer="wait=10")
        for _ in range(5)
    ]
    query = {
        "accountId": account,
        "limit": 2,
        "minPosition": answers[-1].headers["Ledger-Position"],
    }
    ids: list[str] = []
    while True:
        page = house.get("risk", "/trades", **query).json()
        ids += [trade["tradeId"] for trade in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert len(ids) == len(set(ids)) == 5


def test_a_foreign_cursor_is_refused(house: House) -> None:
    answer = house.get("risk", "/trades", cursor="AAAA")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_asof_and_valuedate_are_refused_and_never_ignored(house: House) -> None:
    for name in ("asOf", "valueDate", "atPosition"):
        answer = house.get("risk", "/positions", **{name: "2026-01-01"})
        assert answer.status_code == 400
        assert answer.json()["code"] == "UNKNOWN_PARAMETER"


def test_a_hundred_identical_requests_at_once_are_one_trade(house: House) -> None:
    import asyncio

    async def scenario() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(
            base_url=house.url, timeout=30, limits=limits, trust_env=False
        ) as client:
            headers = house.headers("user", Idempotency_Key=a_key())
            return await asyncio.gather(
                *(
                    client.post("/api/v1/trades", json=a_trade(), headers=headers)
                    for _ in range(100)
                )
            )

    answers = asyncio.run(scenario())
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["tradeId"] for answer in answers}) == 1
    assert len({answer.json()["ledgerPosition"] for answer in answers}) == 1
