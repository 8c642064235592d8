"""Who may do what: every role on every route, on its own things and on others'."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from adapters.http.routes import ROUTES
from adapters.identity import Role
from tests.adapters.http.house import House, a_key, a_trade

USERS = {
    "nobody": None,
    "venue": "user",
    "participant": "broker100",
    "operator": "operator",
    "risk": "risk",
    "auditor": "auditor",
}
"""The development user `user` is a venue and also the participant of both accounts."""
EVERYBODY = frozenset({"venue", "participant", "operator", "risk", "auditor"})
VENUE, PARTICIPANT, OPERATOR = (
    frozenset({"venue"}),
    frozenset({"participant"}),
    frozenset({"operator"}),
)
READERS = frozenset({"risk", "auditor"})
# `user` has the role of a participant as well: see above.
MEMBERS = frozenset({"venue", "participant"})


class Access(msgspec.Struct, frozen=True):
    """Who gets past the door of a route; others are answered 403, and 401 without a token."""

    admitted: frozenset[str]
    path: str
    body: Any = None


MATRIX: Mapping[str, Access] = {
    "POST /api/v1/trades": Access(MEMBERS, "/api/v1/trades", {}),
    "POST /api/v1/trades/batch": Access(MEMBERS, "/api/v1/trades/batch", {}),
    "GET /api/v1/trades/{trade_id:str}": Access(EVERYBODY, "/api/v1/trades/x"),
    "GET /api/v1/trades": Access(EVERYBODY, "/api/v1/trades"),
    "GET /api/v1/positions": Access(MEMBERS | READERS, "/api/v1/positions"),
    "GET /api/v1/accounts/{account_id:str}/positions": Access(
        MEMBERS | READERS, "/api/v1/accounts/ACC100/positions"
    ),
    "GET /api/v1/accounts/{account_id:str}/movements": Access(
        MEMBERS | READERS, "/api/v1/accounts/ACC100/movements"
    ),
    "GET /api/v1/settlements": Access(MEMBERS | READERS, "/api/v1/settlements"),
    "POST /api/v1/participants": Access(OPERATOR, "/api/v1/participants", {}),
    "GET /api/v1/participants": Access(EVERYBODY, "/api/v1/participants"),
    "GET /api/v1/participants/{participant_id:str}": Access(
        EVERYBODY, "/api/v1/participants/BROKER200"
    ),
    "POST /api/v1/participants/{participant_id:str}/suspend": Access(
        OPERATOR, "/api/v1/participants/BROKER200/suspend", {}
    ),
    "POST /api/v1/participants/{participant_id:str}/reinstate": Access(
        OPERATOR, "/api/v1/participants/BROKER200/reinstate", {}
    ),
    "POST /api/v1/instruments": Access(OPERATOR, "/api/v1/instruments", {}),
    "GET /api/v1/instruments": Access(EVERYBODY, "/api/v1/instruments"),
    "GET /api/v1/instruments/{instrument_id:str}": Access(EVERYBODY, "/api/v1/instruments/AAPL"),
    "POST /api/v1/instruments/{instrument_id:str}/suspend": Access(
        OPERATOR, "/api/v1/instruments/AAPL/suspend", {}
    ),
    "POST /api/v1/instruments/{instrument_id:str}/reinstate": Access(
        OPERATOR, "/api/v1/instruments/AAPL/reinstate", {}
    ),
    "POST /api/v1/instruments/{instrument_id:str}/delist": Access(
        OPERATOR, "/api/v1/instruments/AAPL/delist", {}
    ),
    "POST /api/v1/accounts": Access(OPERATOR, "/api/v1/accounts", {}),
    "GET /api/v1/accounts": Access(EVERYBODY, "/api/v1/accounts"),
    "GET /api/v1/accounts/{account_id:str}": Access(EVERYBODY, "/api/v1/accounts/ACC200"),
    "POST /api/v1/accounts/{account_id:str}/suspend": Access(
        OPERATOR, "/api/v1/accounts/ACC200/suspend", {}
    ),
    "POST /api/v1/accounts/{account_id:str}/reinstate": Access(
        OPERATOR, "/api/v1/accounts/ACC200/reinstate", {}
    ),
    "POST /api/v1/transfers": Access(MEMBERS | OPERATOR, "/api/v1/transfers", {}),
    "GET /api/v1/transfers/{transfer_id:str}": Access(
        MEMBERS | OPERATOR | READERS, "/api/v1/transfers/x"
    ),
    "GET /api/v1/transfers": Access(MEMBERS | OPERATOR | READERS, "/api/v1/transfers"),
    "GET /api/v1/business-day": Access(OPERATOR | {"auditor"}, "/api/v1/business-day"),
    "POST /api/v1/business-day/open": Access(OPERATOR, "/api/v1/business-day/open", {}),
    "POST /api/v1/business-day/close": Access(OPERATOR, "/api/v1/business-day/close", {"x": 1}),
    "GET /api/v1/notifications": Access(MEMBERS | {"auditor"}, "/api/v1/notifications"),
    "GET /api/v1/notifications/stream": Access(
        MEMBERS | {"auditor"}, "/api/v1/notifications/stream?since=x"
    ),
    "GET /api/v1/operations/lag": Access(OPERATOR | {"auditor"}, "/api/v1/operations/lag"),
}
PUBLIC = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /schema", "GET /schema/openapi.json"}


def test_every_route_is_in_the_matrix() -> None:
    routes = {f"{route.method} {route.path}" for route in ROUTES}
    assert routes == MATRIX.keys() | PUBLIC


def test_the_auditor_writes_nothing() -> None:
    for route in ROUTES:
        if route.method == "POST":
            assert route.roles is not None
            assert Role.AUDITOR not in route.roles


@pytest.mark.parametrize("who", USERS)
@pytest.mark.parametrize("route", MATRIX)
def test_a_role_is_admitted_or_refused(house: House, route: str, who: str) -> None:
    access = MATRIX[route]
    # Ill-formed on purpose where it would change something: whoever is admitted gets as far as 400.
    answer = house.http.request(
        route.partition(" ")[0],
        access.path,
        json=access.body,
        headers=house.headers(USERS[who]),
    )
    if who == "nobody":
        assert answer.status_code == 401
    elif who in access.admitted:
        assert answer.status_code in (200, 400, 404), answer.text
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "FORBIDDEN"


@pytest.mark.parametrize("path", [route.partition(" ")[2] for route in sorted(PUBLIC)])
def test_what_is_public_needs_no_token(house: House, path: str) -> None:
    assert house.http.get(path).status_code == 200


OTHERS = {
    "positions of a foreign account": "/positions?accountId=ACC200",
    "positions of a foreign participant": "/positions?participantId=BROKER200",
    "a foreign account's positions": "/accounts/ACC200/positions",
    "a foreign account's movements": "/accounts/ACC200/movements",
    "settlements of a foreign account": "/settlements?accountId=ACC200",
    "trades of a foreign account": "/trades?accountId=ACC200",
    "transfers of a foreign account": "/transfers?accountId=ACC200",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_anothers_is_not_found(house: House, name: str) -> None:
    assert house.get("broker100", OTHERS[name]).status_code == 404
    assert house.get("broker200", OTHERS[name]).status_code == 200


def test_a_participant_sees_only_its_own_in_lists(house: House) -> None:
    house.post("user", "/trades", a_trade(), Prefer="wait=10")
    accounts = {row["accountId"] for row in house.get("broker100", "/positions").json()["items"]}
    assert "ACC100" in accounts
    assert "ACC200" not in accounts
    told = {
        row["participantId"] for row in house.get("broker100", "/notifications").json()["items"]
    }
    assert told == {"BROKER100"}


def test_a_trade_is_seen_by_its_sides_its_submitter_and_those_who_see_all(house: House) -> None:
    own = house.an_account("BROKER200")
    trade = a_trade(buyerAccountId=own, sellerAccountId="ACC200")
    answer = house.post("user", "/trades", trade)
    path = f"/trades/{answer.json()['tradeId']}"
    position = answer.headers["Ledger-Position"]
    for user in ("user", "broker200", "risk", "auditor", "operator"):
        assert house.get(user, path, minPosition=position).status_code == 200
    assert house.get("broker100", path, minPosition=position).status_code == 404


def test_a_participant_trades_only_between_its_own_accounts(house: House) -> None:
    own = house.an_account("BROKER100")
    for seller, status in ((own, 202), ("ACC200", 403), ("NOBODY", 403)):
        answer = house.post("broker100", "/trades", a_trade(sellerAccountId=seller))
        assert answer.status_code == status, answer.text


def transfer(kind: str, source: str, target: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "assetId": "USD",
        "amount": "0.01",
        "fromAccountId": source,
        "toAccountId": target,
        "reference": a_key(),
    }


@pytest.mark.parametrize(
    ("kind", "source", "target", "status"),
    [
        ("WITHDRAWAL", "ACC100", "BANK.USD", 202),
        ("WITHDRAWAL", "ACC200", "BANK.USD", 403),
        ("TRANSFER", "ACC100", "ACC200", 403),
        ("TRANSFER", "ACC200", "ACC100", 403),
        ("DEPOSIT", "BANK.USD", "ACC100", 403),
        ("ISSUANCE", "ISSUER.AAPL", "ACC100", 403),
    ],
)
def test_a_participant_withdraws_and_transfers_from_its_own_only(
    house: House, kind: str, source: str, target: str, status: int
) -> None:
    assert (
        house.post("broker100", "/transfers", transfer(kind, source, target)).status_code == status
    )


def test_a_participant_transfers_between_its_own_accounts(house: House) -> None:
    own = house.an_account("BROKER100")
    answer = house.post(
        "broker100", "/transfers", transfer("TRANSFER", "ACC100", own), Prefer="wait=10"
    )
    assert answer.status_code == 201
    path = f"/transfers/{answer.json()['transferId']}"
    position = answer.headers["Ledger-Position"]
    assert house.get("broker100", path, minPosition=position).json()["status"] == "SETTLED"
    assert house.get("broker200", path, minPosition=position).status_code == 404


def test_the_operator_deposits(house: House) -> None:
    body = transfer("DEPOSIT", "BANK.USD", "ACC100")
    answer = house.post("operator", "/transfers", body, Prefer="wait=10")
    assert answer.status_code == 201
    assert answer.json()["status"] == "SETTLED"
