"""What is logged: every request, and never a secret."""

import json

import pytest

from tests.adapters.http.house import House, a_key, a_trade, an_api


def test_a_request_is_one_line_with_its_id_and_actor(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    request_id = a_key()
    api, logged = an_api(house)
    logged.http.get("/api/v1/trades", headers=logged.headers("risk", X_Request_ID=request_id))
    api.stop()
    lines = [line for line in capfd.readouterr().err.splitlines() if request_id in line]
    [line] = [json.loads(line) for line in lines]
    assert line["route"] == "/api/v1/trades"
    assert line["status"] == 200
    assert line["actor"]
    assert line["timestamp"].endswith("Z")


def test_no_token_query_or_body_is_logged(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    secret = a_key()
    api, logged = an_api(house)
    token = logged.token("risk")
    logged.http.get(f"/api/v1/trades?password={secret}", headers=logged.headers("risk"))
    logged.http.get("/api/v1/trades", headers={"Authorization": f"Bearer {secret}.a.b"})
    logged.http.get(f"/api/v1/{secret}")
    logged.post("user", "/trades", a_trade(venueTradeId=secret))
    logged.post("user", "/trades", a_trade(), Idempotency_Key=secret)
    api.stop()
    # The test's own client logs the addresses that it asks for; the server does not.
    served = [line for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert served
    assert not [line for line in served if secret in line or token in line]
