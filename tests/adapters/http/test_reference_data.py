"""Reference data over HTTP: registered, changed, read back, with reasons kept outside the log."""

import hashlib

import psycopg

from tests.adapters.http.house import House, a_key, a_trade


def an_id(prefix: str) -> str:
    return f"{prefix}.{a_key()[:12]}"


def test_a_participant_is_registered_suspended_and_reinstated(house: House) -> None:
    participant_id = an_id("P")
    path = f"/participants/{participant_id}"
    body = {"participantId": participant_id, "name": "Broker"}
    answer = house.post("operator", "/participants", body)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1{path}"
    for change, status in (("suspend", "SUSPENDED"), ("reinstate", "ACTIVE")):
        answer = house.post("operator", f"{path}/{change}", {"reason": f"to {change}"})
        assert answer.status_code == 200
        assert answer.json()["status"] == status
        shown = house.get("risk", path, minPosition=answer.headers["Ledger-Position"]).json()
        assert shown["status"] == status
        assert shown["statusReason"] == f"to {change}"


def test_a_reason_is_in_the_log_by_digest_only(house: House) -> None:
    participant_id, reason = an_id("P"), f"words of people {a_key()}"
    house.post("operator", "/participants", {"participantId": participant_id, "name": "Broker"})
    house.post("operator", f"/participants/{participant_id}/suspend", {"reason": reason})
    with psycopg.connect(house.settings.database_url) as connection:
        row = connection.execute(
            "SELECT convert_from(state, 'UTF8') FROM clearing_us.ledger_events"
            " WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1",
            (f"us:participant:{participant_id}",),
        ).fetchone()
    assert row is not None
    assert hashlib.sha256(reason.encode()).hexdigest() in row[0]
    assert reason not in row[0]


def test_an_id_that_is_taken_is_a_conflict(house: House) -> None:
    answer = house.post("operator", "/participants", {"participantId": "BROKER100", "name": "x"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "PARTICIPANT_EXISTS"


def test_an_unknown_participant_is_not_found(house: House) -> None:
    answer = house.post("operator", "/participants/NOBODY/suspend", {"reason": "x"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "UNKNOWN_PARTICIPANT"


def test_an_administrative_command_again_under_its_key_is_the_first_answer(house: House) -> None:
    key, body = a_key(), {"participantId": an_id("P"), "name": "Broker"}
    first = house.post("operator", "/participants", body, Idempotency_Key=key)
    again = house.post("operator", "/participants", body, Idempotency_Key=key)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = house.post("operator", "/participants", body | {"name": "y"}, Idempotency_Key=key)
    assert other.status_code == 422
    assert other.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def an_instrument(instrument_id: str, **terms: object) -> dict[str, object]:
    return {
        "instrumentId": instrument_id,
        "isin": "US0378331005",
        "name": "Apple Inc.",
        "currency": "USD",
        "mic": "XNAS",
        "lotSize": 10,
        "tickSize": 0.05,
    } | terms


def test_an_instrument_is_listed_suspended_reinstated_and_delisted(house: House) -> None:
    instrument_id = an_id("I")
    path = f"/instruments/{instrument_id}"
    assert house.post("operator", "/instruments", an_instrument(instrument_id)).status_code == 201
    answer = None
    for change, status in (
        ("suspend", "SUSPENDED"),
        ("reinstate", "LISTED"),
        ("delist", "DELISTED"),
    ):
        answer = house.post("operator", f"{path}/{change}", {"reason": "x"})
        assert answer.json()["status"] == status
    assert answer is not None
    shown = house.get("user", path, minPosition=answer.json()["ledgerPosition"])
    refused = house.post("operator", f"{path}/suspend", {"reason": "x"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "INSTRUMENT_DELISTED"
    assert shown.json()["status"] == "DELISTED"


def test_another_settlement_cycle_is_refused_clearly(house: House) -> None:
    answer = house.post("operator", "/instruments", an_instrument(an_id("I"), cycleDays=2))
    assert answer.status_code == 422
    assert answer.json()["code"] == "SETTLEMENT_CYCLE_NOT_SUPPORTED"


def test_an_account_with_a_cash_limit_buys_on_credit_up_to_it(house: House) -> None:
    account_id = an_id("A")
    body = {
        "accountId": account_id,
        "participantId": "BROKER100",
        "kind": "OMNIBUS",
        "cashLimits": {"USD": "150.00"},
    }
    answer = house.post("operator", "/accounts", body)
    assert answer.status_code == 201
    position = answer.headers["Ledger-Position"]
    shown = house.get("risk", f"/accounts/{account_id}", minPosition=position).json()
    assert shown["cashLimits"] == {"USD": "150.00"}
    trade = a_trade(buyerAccountId=account_id)
    assert house.post("user", "/trades", trade, Prefer="wait=10").json()["status"] == "SETTLED"
    again = house.post("user", "/trades", trade, Prefer="wait=10")
    assert again.json()["code"] == "INSUFFICIENT_CASH"


def test_an_account_of_an_unknown_participant_is_refused(house: House) -> None:
    body = {"accountId": an_id("A"), "participantId": "NOBODY", "kind": "OMNIBUS"}
    answer = house.post("operator", "/accounts", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "UNKNOWN_PARTICIPANT"


def test_an_account_is_suspended_between_the_trades_before_and_after(house: House) -> None:
    account_id = house.an_account("BROKER100")
    trade = a_trade(buyerAccountId=account_id)
    path = f"/accounts/{account_id}"
    answer = house.post("operator", f"{path}/suspend", {"reason": "court order"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "SUSPENDED"
    rejected = house.post("user", "/trades", trade, Prefer="wait=10")
    assert rejected.json()["code"] == "ACCOUNT_SUSPENDED"
    house.post("operator", f"{path}/reinstate", {"reason": "lifted"})
    rejected = house.post("user", "/trades", trade, Prefer="wait=10")
    assert rejected.json()["code"] == "INSUFFICIENT_CASH"


def test_an_unknown_account_is_not_found(house: House) -> None:
    answer = house.post("operator", "/accounts/NOBODY/suspend", {"reason": "x"})
    assert answer.status_code == 404


def test_the_business_day_is_shown(house: House) -> None:
    day = house.get("operator", "/business-day")
    assert day.status_code == 200
    assert day.json()["status"] == "OPEN"


def test_a_business_day_that_is_open_is_not_opened_again(house: House) -> None:
    answer = house.post("operator", "/business-day/open", {"date": "2100-01-04"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "BUSINESS_DAY_OPEN"
