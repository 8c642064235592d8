"""Rate limits over HTTP, with several API processes; and what happens when servers are away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.adapters.http.house import API, ApiThread, House, a_trade, an_api
from tests.adapters.identity.support import free_port


@pytest.fixture
def two_apis(house: House) -> Iterator[list[House]]:
    """Two more instances on the same ledger and Valkey, with a small limit in its own database."""
    apis, houses = [], []
    for _ in range(2):
        settings = msgspec.structs.replace(
            house.settings,
            http_port=free_port(),
            rate_limit_per_second=1,
            rate_limit_burst=20,
            redis_url=house.settings.redis_url + "?db=3",
        )
        api = ApiThread(settings)
        api.start()
        apis.append(api)
        houses.append(House(settings))
    yield houses
    for api, each in zip(apis, houses, strict=True):
        each.http.close()
        api.stop()


def test_a_limit_holds_over_two_instances(two_apis: list[House]) -> None:
    statuses = [two_apis[index % 2].get("auditor", "/trades").status_code for index in range(24)]
    # One token a second comes back while the requests are made.
    assert statuses[:20] == [200] * 20
    assert 429 in statuses[20:]
    assert statuses.count(200) <= 22


def test_a_batch_costs_as_many_as_it_holds(two_apis: list[House]) -> None:
    one, other = two_apis
    answer = one.post("user", "/trades/batch", [a_trade()] * 15)
    assert answer.status_code == 202
    assert int(answer.headers["RateLimit-Remaining"]) == 5
    refused = other.post("user", "/trades/batch", [a_trade()] * 15)
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert 5 <= int(refused.headers["Retry-After"]) <= 10
    assert int(refused.headers["RateLimit-Limit"]) == 20


def test_a_batch_above_the_burst_is_possible(two_apis: list[House]) -> None:
    answer = two_apis[0].post("operator", "/transfers", {})
    assert answer.status_code == 400
    answer = two_apis[0].post("broker100", "/trades/batch", [a_trade()] * 30)
    assert answer.status_code == 202


def test_a_full_intake_is_503_with_retry_after(house: House) -> None:
    api, small = an_api(house, intake_queue_limit=10)
    answer = small.post("user", "/trades/batch", [a_trade()] * 11)
    assert answer.status_code == 503
    assert answer.json()["code"] == "INTAKE_FULL"
    assert answer.headers["Retry-After"]
    api.stop()


def test_without_valkey_requests_are_served(house: House, tmp_path: Path) -> None:
    api, alone = an_api(house, redis_url=f"unix://{tmp_path}/nobody.sock")
    assert alone.get("risk", "/trades").status_code == 200
    assert "clearing_rate_limit_local_only 1.0" in alone.http.get("/metrics").text
    api.stop()


def test_without_the_issuer_an_unseen_token_is_503(house: House) -> None:
    token = house.token("risk")
    api, cut_off = an_api(house, issuer_keys_url=f"http://127.0.0.1:{free_port()}/certs")
    answer = cut_off.http.get(f"{API}/trades", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert answer.json()["code"] == "IDENTITY_UNAVAILABLE"
    assert answer.headers["Retry-After"]
    api.stop()


def test_stopping_ends_streams_and_answers_what_was_begun(house: House) -> None:
    api, stopping = an_api(house)

    async def scenario() -> list[httpx.Response]:
        headers = stopping.headers("user")
        async with httpx.AsyncClient(base_url=stopping.url, timeout=20, trust_env=False) as client:
            stream = asyncio.create_task(client.get(f"{API}/notifications/stream", headers=headers))
            await asyncio.sleep(0.3)
            trades = [
                asyncio.create_task(client.post(f"{API}/trades", json=a_trade(), headers=headers))
                for _ in range(20)
            ]
            await asyncio.sleep(0.2)
            await asyncio.to_thread(api.stop, 10.0)
            return [await stream, *[await trade for trade in trades]]

    stream, *trades = asyncio.run(scenario())
    assert stream.status_code == 200
    assert {answer.status_code for answer in trades} == {202}
