"""Every error of every kind has the same form, and every answer the same headers."""

import httpx
import pytest

from tests.adapters.http.house import House, a_trade

MEMBERS = {"type", "title", "status", "detail", "code", "correlationId", "errors"}


def is_a_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == MEMBERS
    assert body["status"] == status
    assert body["correlationId"] == answer.headers["X-Request-ID"]
    assert body["type"] == f"urn:clearing:problem:{body['code']}"


def test_an_unknown_address_is_a_problem(house: House) -> None:
    is_a_problem(house.http.get("/nowhere"), 404)


def test_another_method_is_a_problem_that_names_those_allowed(house: House) -> None:
    answer = house.http.delete("/api/v1/trades")
    is_a_problem(answer, 405)
    assert answer.headers["Allow"] == "GET, POST, OPTIONS"


def test_no_token_is_a_problem_with_a_challenge(house: House) -> None:
    answer = house.get(None, "/trades")
    is_a_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="clearing"'


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "Bearer", "e30.e30.e30", "x" * 20_000])
def test_a_bad_token_is_a_problem_with_a_challenge(house: House, token: str) -> None:
    header = {"Authorization": f"Bearer {token}".encode()}
    answer = house.http.get("/api/v1/trades", headers=header)  # type: ignore[arg-type]
    is_a_problem(answer, 401)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_another_scheme_than_bearer_is_a_problem(house: House) -> None:
    answer = house.http.get("/api/v1/trades", headers={"Authorization": "Basic dXNlcjpwYXNz"})
    is_a_problem(answer, 401)


def test_a_role_that_does_not_suffice_is_a_problem(house: House) -> None:
    is_a_problem(house.post("risk", "/trades", a_trade()), 403)


def test_a_rejection_is_a_problem(house: House) -> None:
    answer = house.post("user", "/trades", a_trade(instrumentId="NONE"), Prefer="wait=10")
    is_a_problem(answer, 422)


def test_a_request_id_is_returned(house: House) -> None:
    headers = house.headers("user", X_Request_ID="order-4711")
    answer = house.http.get("/api/v1/trades", headers=headers)
    assert answer.headers["X-Request-ID"] == "order-4711"


@pytest.mark.parametrize("given", ["", "with space", "x" * 65, "<script>", "a\tb"])
def test_a_harmful_request_id_is_replaced(house: House, given: str) -> None:
    answer = house.http.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


def test_every_answer_has_security_headers(house: House) -> None:
    addresses = ("/healthz", "/nowhere", "/api/v1/trades")
    for answer in (house.http.get(address) for address in addresses):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers


def test_probes_need_no_token(house: House) -> None:
    assert house.http.get("/healthz").json() == {"status": "alive"}
    assert house.http.get("/readyz").json() == {"status": "ready"}
    metrics = house.http.get("/metrics").text
    assert "http_server_requests_total" in metrics
    assert "ACC100" not in metrics


def test_what_a_caller_may_send_is_told(house: House) -> None:
    answer = house.get("auditor", "/trades")
    assert int(answer.headers["RateLimit-Limit"]) == house.settings.rate_limit_burst
    assert int(answer.headers["RateLimit-Remaining"]) < house.settings.rate_limit_burst
    assert int(answer.headers["RateLimit-Reset"]) >= 0
