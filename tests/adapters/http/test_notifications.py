"""Notifications: in pages, and as a stream that goes on where it ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from tests.adapters.http.house import API, House, a_trade


@contextmanager
def a_stream(house: House, user: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream as they come: `id`, `event` and the decoded `data`."""
    with (
        httpx.Client(base_url=house.url, timeout=10, trust_env=False) as client,
        client.stream(
            "GET", f"{API}/notifications/stream", headers=house.headers(user, **headers)
        ) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in event:
            yield event
            event = {}
        elif name == "data":
            event["data"] = msgspec.json.decode(value)
        elif name in ("id", "event"):
            event[name] = value


def settle(house: House) -> tuple[str, int]:
    answer = house.post("user", "/trades", a_trade(), Prefer="wait=10")
    return answer.json()["tradeId"], int(answer.headers["Ledger-Position"])


def test_an_outcome_is_listed_for_each_participant(house: House) -> None:
    trade_id, position = settle(house)
    for user in ("broker100", "broker200"):
        answer = house.get(user, "/notifications", since=position - 1, minPosition=position)
        [told] = [each for each in answer.json()["items"] if each["instructionId"] == trade_id]
        assert told["outcome"] == "SETTLED"
        assert told["ledgerPosition"] == position


def test_pages_of_notifications_hold_each_once(house: House) -> None:
    positions = [settle(house)[1] for _ in range(5)]
    query: dict[str, Any] = {
        "since": positions[0] - 1,
        "limit": 2,
        "minPosition": positions[-1],
    }
    seen: list[int] = []
    while True:
        page = house.get("broker100", "/notifications", **query).json()
        seen += [each["ledgerPosition"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert [position for position in seen if position in positions] == positions
    assert len(seen) == len(set(seen))


def test_a_stream_tells_what_happens_while_it_is_open(house: House) -> None:
    _, position = settle(house)
    with a_stream(house, "broker100", Last_Event_ID=str(position)) as told:
        trade_id, settled = settle(house)
        event = next(told)
    assert event["event"] == "settled"
    assert event["id"] == str(settled)
    assert event["data"]["instructionId"] == trade_id
    assert event["data"]["participantId"] == "BROKER100"


def test_a_stream_goes_on_after_the_last_event_that_was_seen(house: House) -> None:
    _, position = settle(house)
    first, second = settle(house)[0], settle(house)[0]
    with a_stream(house, "broker100", Last_Event_ID=str(position)) as told:
        event = next(told)
    assert event["data"]["instructionId"] == first
    with a_stream(house, "broker100", Last_Event_ID=event["id"]) as told:
        assert next(told)["data"]["instructionId"] == second


def test_a_malformed_last_event_id_is_refused(house: House) -> None:
    answer = house.http.get(
        f"{API}/notifications/stream", headers=house.headers("broker100", Last_Event_ID="-1")
    )
    assert answer.status_code == 400


def test_streams_of_one_caller_are_bounded_and_given_back(house: House) -> None:
    answers: list[int] = []
    opened = threading.Barrier(11)
    close = threading.Event()

    def hold() -> None:
        with a_stream(house, "broker200"):
            opened.wait(10)
            close.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(10)]
    for thread in threads:
        thread.start()
    opened.wait(10)
    headers = house.headers("broker200")
    answers.append(house.http.get(f"{API}/notifications/stream", headers=headers).status_code)
    close.set()
    for thread in threads:
        thread.join()
    assert answers == [503]
    _, position = settle(house)
    with a_stream(house, "broker200", Last_Event_ID=str(position - 1)) as told:
        next(told)
