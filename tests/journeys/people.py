"""The development users as their programs would act: over HTTP, each with a token of its own."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from adapters.cli.platform import Platform

TRADE = {
    "instrumentId": "AAPL",
    "buyerAccountId": "ACC100",
    "sellerAccountId": "ACC200",
    "quantity": 100,
    "price": "150.00",
}
SETTLED_WITHIN_SECONDS = 1.0


def a_trade(**changes: Any) -> dict[str, Any]:
    """The trade of the quick test, with changes."""
    return TRADE | changes


class People:
    """Everybody who has a development user."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._http = httpx.Client(
            base_url=f"{platform.api_url}/api/v1", timeout=30.0, trust_env=False
        )
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        self._http.close()

    def token(self, user: str) -> str:
        """A token, asked for once: granting one is slow on purpose."""
        if user not in self._tokens:
            answer = self._http.post(
                f"{self.platform.issuer_url}/protocol/openid-connect/token",
                data={
                    "grant_type": "password",
                    "client_id": "clearing-client",
                    "client_secret": "secret",
                    "username": user,
                    "password": "password",
                },
            )
            answer.raise_for_status()
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def get(self, user: str, path: str, **query: Any) -> httpx.Response:
        return self._http.get(path, params=query, headers=self._authorization(user))

    def post(
        self, user: str, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self._http.post(path, json=body, headers=self._authorization(user) | (headers or {}))

    def settle(self, **changes: Any) -> dict[str, Any]:
        """Submit a trade as the venue and wait for its outcome, which is to be SETTLED."""
        answer = self.post("user", "/trades", a_trade(**changes), {"Prefer": "wait=10"})
        assert answer.status_code == 201, answer.text
        submission: dict[str, Any] = answer.json()
        assert submission["status"] == "SETTLED", submission
        return submission

    def holdings(self, account_id: str, *, after: int = 0) -> dict[str, str]:
        """What an account holds, by asset, once the read model has reached a position."""
        answer = self.get("risk", f"/accounts/{account_id}/positions", minPosition=after)
        assert answer.status_code == 200, answer.text
        return {row["assetId"]: str(row["quantity"]) for row in answer.json()["items"]}

    def everything(self, user: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        rows: list[dict[str, Any]] = []
        asked: dict[str, Any] = query | {"limit": 1_000}
        while True:
            answer = self.get(user, path, **asked)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page["items"]
            if page["nextCursor"] is None:
                return rows
            asked["cursor"] = page["nextCursor"]

    def _authorization(self, user: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user)}"}


def wait_until(condition: Callable[[], bool], seconds: float, interval: float = 0.05) -> None:
    """Until it holds; fails when the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(interval)
