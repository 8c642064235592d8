"""Bad input of every kind: a clear problem document, and nothing recorded."""

import json
from typing import Any

import pytest

from tests.adapters.http.house import House, a_trade

NDJSON = "application/x-ndjson"


def head(house: House) -> int:
    return int(house.get("operator", "/operations/lag").headers["Ledger-Position"])


def with_terms(**terms: Any) -> bytes:
    return json.dumps(a_trade(**terms)).encode()


def with_raw(field: str, raw: bytes) -> bytes:
    """The trade with `raw` in the place of a field's value."""
    return json.dumps(a_trade(**{field: "@@"})).encode().replace(b'"@@"', raw)


BODIES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "INVALID_REQUEST", ""),
    "no JSON": (b"quantity=1", "INVALID_REQUEST", ""),
    "cut off": (with_terms()[:-5], "INVALID_REQUEST", ""),
    "more after the end": (with_terms() + b"{}", "INVALID_REQUEST", ""),
    "an array": (b"[]", "INVALID_REQUEST", ""),
    "null": (b"null", "INVALID_REQUEST", ""),
    "UTF-16": (with_terms().decode().encode("utf-16"), "INVALID_REQUEST", ""),
    "a byte order mark": (b"\xef\xbb\xbf" + with_terms(), "INVALID_REQUEST", ""),
    "not UTF-8": (with_raw("instrumentId", b'"A\xff"'), "INVALID_REQUEST", ""),
    "half a surrogate pair": (with_raw("instrumentId", b'"\\ud800"'), "INVALID_REQUEST", ""),
    "a NUL": (b"\0", "INVALID_REQUEST", ""),
    "nested deeply": (with_raw("price", b"[" * 20_000 + b"]" * 20_000), "INVALID_REQUEST", ""),
    "an unknown field": (with_terms(surprise=1), "INVALID_REQUEST", "/surprise"),
    "a field in snake case": (
        with_terms(instrument_id="AAPL"),
        "INVALID_REQUEST",
        "/instrument_id",
    ),
    "a missing field": (with_terms(quantity=None), "INVALID_REQUEST", ""),
    "a repeated key": (with_terms()[:-1] + b',"quantity":2}', "INVALID_REQUEST", "/quantity"),
    "quantity null": (with_raw("quantity", b"null"), "INVALID_REQUEST", "/quantity"),
    "quantity a string": (with_terms(quantity="100"), "INVALID_REQUEST", "/quantity"),
    "quantity true": (with_raw("quantity", b"true"), "INVALID_REQUEST", "/quantity"),
    "quantity zero": (with_terms(quantity=0), "INVALID_QUANTITY", "/quantity"),
    "quantity negative": (with_terms(quantity=-1), "INVALID_QUANTITY", "/quantity"),
    "quantity broken": (with_terms(quantity=1.5), "INVALID_QUANTITY", "/quantity"),
    "quantity huge": (with_terms(quantity=10**12 + 1), "INVALID_QUANTITY", "/quantity"),
    "quantity of 5,000 digits": (
        with_raw("quantity", b"9" * 5_000),
        "INVALID_QUANTITY",
        "/quantity",
    ),
    "price zero": (with_terms(price="0"), "INVALID_PRICE", "/price"),
    "price zero, as a number": (with_raw("price", b"0.00"), "INVALID_PRICE", "/price"),
    "price negative": (with_terms(price="-1"), "INVALID_PRICE", "/price"),
    "price with too many decimals": (with_terms(price="1.123456789"), "INVALID_PRICE", "/price"),
    "price with too many digits": (with_terms(price="1234567890"), "INVALID_PRICE", "/price"),
    "price NaN": (with_terms(price="NaN"), "INVALID_PRICE", "/price"),
    "price bare NaN": (with_raw("price", b"NaN"), "INVALID_REQUEST", ""),
    "price with an exponent": (with_raw("price", b"1e400"), "INVALID_PRICE", "/price"),
    "price with an underscore": (with_terms(price="1_000"), "INVALID_PRICE", "/price"),
    "price with spaces": (with_terms(price=" 1 "), "INVALID_PRICE", "/price"),
    "price in other digits": (with_terms(price="\u0661"), "INVALID_PRICE", "/price"),
    "price empty": (with_terms(price=""), "INVALID_PRICE", "/price"),
    "price null": (with_raw("price", b"null"), "INVALID_REQUEST", "/price"),
    "price an object": (with_raw("price", b'{"a": 1}'), "INVALID_REQUEST", "/price"),
    "id empty": (with_terms(instrumentId=""), "INVALID_REQUEST", "/instrumentId"),
    "id too long": (with_terms(instrumentId="A" * 36), "INVALID_REQUEST", "/instrumentId"),
    "id with a line break": (with_terms(instrumentId="AAPL\n"), "INVALID_REQUEST", "/instrumentId"),
    "id with a NUL": (with_terms(instrumentId="A\0"), "INVALID_REQUEST", "/instrumentId"),
    "id with a colon": (with_terms(buyerAccountId="a:b"), "INVALID_REQUEST", "/buyerAccountId"),
    "id in other letters": (with_terms(buyerAccountId="ÄÖ"), "INVALID_REQUEST", "/buyerAccountId"),
    "the same account": (with_terms(sellerAccountId="ACC100"), "SAME_ACCOUNT", "/sellerAccountId"),
    "no currency": (with_terms(currency="XXX"), "INVALID_CURRENCY", "/currency"),
    "no market": (with_terms(venue="X"), "INVALID_MIC", "/venue"),
    "no date": (with_terms(tradeDate="2026-02-30"), "INVALID_REQUEST", "/tradeDate"),
    "a time for a date": (
        with_terms(tradeDate="2026-02-03T00:00:00Z"),
        "INVALID_REQUEST",
        "/tradeDate",
    ),
    "free text": (with_terms(venueTradeId="for Jane Doe"), "INVALID_REQUEST", "/venueTradeId"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_trade_is_refused_with_a_pointer(house: House, name: str) -> None:
    body, code, pointer = BODIES[name]
    answer = house.send("user", "/trades", body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem["errors"][0].get("pointer", "") == pointer


def test_bad_trades_record_nothing(house: House) -> None:
    before = head(house)
    for body, _, _ in BODIES.values():
        house.send("user", "/trades", body)
    assert head(house) == before


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/xml",
        "application/json; charset=utf-16",
        "application/x-ndjson",
    ],
)
def test_another_media_type_is_415(house: House, kind: str) -> None:
    answer = house.send("user", "/trades", with_terms(), Content_Type=kind)
    assert answer.status_code == 415
    assert answer.json()["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_a_compressed_body_is_415(house: House) -> None:
    answer = house.send("user", "/trades", with_terms(), Content_Encoding="gzip")
    assert answer.status_code == 415


def test_a_large_single_body_is_413(house: House) -> None:
    answer = house.send("user", "/trades", b" " * 70_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
def test_a_malformed_idempotency_key_is_refused(house: House, key: str) -> None:
    headers = house.headers("user", Content_Type="application/json")
    answer = house.http.post(
        "/api/v1/trades",
        content=with_terms(),
        headers=headers | {"Idempotency-Key": key.encode("latin-1")},  # type: ignore[arg-type]
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_IDEMPOTENCY_KEY"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/trades?limit=0", "limit"),
        ("/trades?limit=1001", "limit"),
        ("/trades?limit=ten", "limit"),
        ("/trades?limit=1&limit=2", "limit"),
        ("/trades?cursor=%00", "cursor"),
        ("/trades?accountId=a%00b", "accountId"),
        ("/trades?status=DONE", "status"),
        ("/trades?tradeDate=today", "tradeDate"),
        ("/trades?minPosition=-1", "minPosition"),
        ("/trades?minPosition=9223372036854775808", "minPosition"),
        ("/trades?account_id=ACC100", "account_id"),
        ("/settlements?settledOn=x", "settledOn"),
        ("/accounts/ACC100/movements?fromDate=1", "fromDate"),
        ("/positions?assetId=%FF", None),
        ("/positions?novalue", None),
    ],
)
def test_a_bad_parameter_is_named(house: House, path: str, parameter: str | None) -> None:
    answer = house.get("risk", path)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0].get("parameter") == parameter


@pytest.mark.parametrize(
    "path",
    [
        "/trades/nothing",
        "/trades/00000000-0000-0000-0000-000000000000",
        "/transfers/x",
        "/participants/NOBODY",
        "/instruments/NOBODY",
        "/accounts/NOBODY",
        "/accounts/NOBODY/positions",
        "/accounts/a%00b/movements",
        "/nothing",
    ],
)
def test_what_is_not_there_is_404(house: House, path: str) -> None:
    answer = house.get("risk", path)
    assert answer.status_code == 404, answer.text
    assert answer.json()["code"] == "NOT_FOUND"


REFERENCE: list[tuple[str, dict[str, Any], str]] = [
    ("/participants", {"participantId": "P X", "name": "x"}, "INVALID_REQUEST"),
    ("/participants", {"participantId": "PX", "name": " "}, "INVALID_REQUEST"),
    ("/participants", {"participantId": "PX", "name": "x", "lei": "X" * 20}, "INVALID_LEI"),
    ("/participants", {"participantId": "PX", "name": "x", "bic": "X"}, "INVALID_BIC"),
    (
        "/accounts",
        {
            "accountId": "AX",
            "participantId": "BROKER100",
            "kind": "HOUSE",
            "cashLimits": {"USD": "-1"},
        },
        "INVALID_AMOUNT",
    ),
    (
        "/accounts",
        {
            "accountId": "AX",
            "participantId": "BROKER100",
            "kind": "HOUSE",
            "cashLimits": {"XXX": 1},
        },
        "INVALID_CURRENCY",
    ),
    (
        "/accounts",
        {"accountId": "AX", "participantId": "BROKER100", "kind": "OTHER"},
        "INVALID_REQUEST",
    ),
    ("/participants/BROKER100/suspend", {}, "INVALID_REQUEST"),
    ("/participants/BROKER100/suspend", {"reason": ""}, "INVALID_REQUEST"),
    ("/business-day/open", {"date": "soon"}, "INVALID_REQUEST"),
    (
        "/transfers",
        {"kind": "DEPOSIT", "assetId": "USD", "amount": "1.001", "fromAccountId": "BANK.USD",
         "toAccountId": "ACC100"},
        "INVALID_AMOUNT",
    ),
    (
        "/transfers",
        {"kind": "DEPOSIT", "assetId": "USD", "quantity": 1, "fromAccountId": "BANK.USD",
         "toAccountId": "ACC100"},
        "INVALID_AMOUNT",
    ),
    (
        "/transfers",
        {"kind": "TRANSFER", "assetId": "AAPL", "amount": 1, "fromAccountId": "ACC200",
         "toAccountId": "ACC100"},
        "INVALID_QUANTITY",
    ),
    (
        "/transfers",
        {"kind": "TRANSFER", "assetId": "AAPL", "quantity": 1, "fromAccountId": "ACC100",
         "toAccountId": "ACC100"},
        "SAME_ACCOUNT",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "code"), REFERENCE)
def test_bad_reference_data_and_transfers_are_refused(
    house: House, path: str, body: dict[str, Any], code: str
) -> None:
    answer = house.post("operator", path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == code
