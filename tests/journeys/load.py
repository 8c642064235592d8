"""Clients that go on whatever happens: the same request again, under the same key, until it is
acknowledged.
"""

import threading
import time
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from tests.journeys.people import People, a_trade

_BATCH = 50
_PAUSE_SECONDS = 0.05
_BUSY = frozenset({429, 503})


class Load:
    """Threads that submit batches until they are stopped; knows what was acknowledged."""

    def __init__(self, people: People, *, seed: int, clients: int = 3) -> None:
        self._url = f"{people.platform.api_url}/api/v1/trades/batch"
        self._token = people.token("user")
        self._seed = seed
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(clients)
        ]
        self._lock = threading.Lock()
        self._wrong: list[str] = []
        self.acknowledged: list[str] = []
        self.last_position = 0
        self.retries = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self._wrong, self._wrong[0]

    def _run(self, client: int) -> None:
        rng = Random(f"{self._seed}/{client}")
        number = 0
        with httpx.Client(timeout=15.0, trust_env=False) as http:
            # What was begun is sent until it is acknowledged, also after the end of the load.
            while not self._stop.is_set():
                number += 1
                batch = [_random_trade(rng) for _ in range(_BATCH)]
                if not self._send(http, batch, f"load-{self._seed}-{client}-{number}"):
                    return

    def _send(self, http: httpx.Client, batch: list[dict[str, Any]], key: str) -> bool:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = http.post(self._url, json=batch, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 202:
                self._acknowledge(answer.json())
                return True
            if answer is not None and answer.status_code not in _BUSY:
                self._wrong.append(f"{answer.status_code} {answer.text}")
                return False
            self.retries += 1
            time.sleep(_PAUSE_SECONDS)
        self._wrong.append(f"{key} was not acknowledged within a minute")
        return False

    def _acknowledge(self, receipt: dict[str, Any]) -> None:
        with self._lock:
            self.acknowledged += [result["tradeId"] for result in receipt["results"]]
            self.last_position = max(self.last_position, receipt["ledgerPosition"])


def _random_trade(rng: Random) -> dict[str, Any]:
    buyer, seller = rng.sample(["ACC100", "ACC200"], 2)
    return a_trade(
        buyerAccountId=buyer,
        sellerAccountId=seller,
        instrumentId=rng.choice(["AAPL", "MSFT", "GE"]),
        # Some are more than anybody holds.
        quantity=rng.choice([1, 10, 100, 1_000_000]),
        price=f"{rng.randint(1, 200)}.50",
    )
