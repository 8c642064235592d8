"""A clearing house that runs in the test's own process: real servers, worker, read models, HTTP."""

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import msgspec

from adapters.cli.seed import seed_development
from adapters.cli.work import clearing_worker
from adapters.http.serve import ApiServer, api_server, open_services
from adapters.identity.issuer import create_issuer
from adapters.projection.runner import ProjectionRunner
from adapters.settings import Settings
from projections.catalogue import PROJECTIONS
from tests.adapters.identity.support import ServerThread, free_port

API = "/api/v1"


class ApiThread:
    """The HTTP interface, served from a thread until it is stopped."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: ApiServer | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        async with open_services(self._settings, asyncio.Event()) as services:
            self._server = api_server(services)
            await self._server.serve()

    def start(self) -> None:
        self._thread.start()
        while self._server is None or not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)

    def stop(self, timeout_seconds: float = 20.0) -> None:
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join(timeout_seconds)
        assert not self._thread.is_alive(), "the server did not stop in time"


class House:
    """What a test says to the clearing house, as one of its users."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.http_port}"
        self.http = httpx.Client(base_url=self.url, timeout=30.0, trust_env=False)
        self._tokens: dict[str, str] = {}

    def token(self, user: str) -> str:
        if user not in self._tokens:
            answer = httpx.post(
                f"{self.settings.issuer_url}/protocol/openid-connect/token",
                data={
                    "grant_type": "password",
                    "client_id": "clearing-client",
                    "client_secret": "secret",
                    "username": user,
                    "password": "password",
                },
                trust_env=False,
            )
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def headers(self, user: str | None, **headers: str) -> dict[str, str]:
        bearer = {} if user is None else {"Authorization": f"Bearer {self.token(user)}"}
        return bearer | {name.replace("_", "-"): value for name, value in headers.items()}

    def get(self, user: str | None, path: str, **query: Any) -> httpx.Response:
        return self.http.get(API + path, params=query or None, headers=self.headers(user))

    def post(self, user: str | None, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = {} if body is None else {"json": body}
        return self.http.post(API + path, headers=self.headers(user, **headers), **content)

    def send(self, user: str | None, path: str, body: bytes, **headers: str) -> httpx.Response:
        kind = {"Content_Type": "application/json"} | headers
        return self.http.post(API + path, content=body, headers=self.headers(user, **kind))

    def an_account(self, participant_id: str = "BROKER100") -> str:
        """A new account, empty."""
        account_id = f"ACC.{uuid.uuid4().hex[:12]}"
        body = {"accountId": account_id, "participantId": participant_id, "kind": "INDIVIDUAL"}
        answer = self.post("operator", "/accounts", body)
        assert answer.status_code == 201, answer.text
        return account_id


def a_trade(**terms: Any) -> dict[str, Any]:
    """ACC100 buys 1 AAPL from ACC200 at 150.00 dollars."""
    ordinary = {
        "instrumentId": "AAPL",
        "buyerAccountId": "ACC100",
        "sellerAccountId": "ACC200",
        "quantity": 1,
        "price": "150.00",
    }
    return {name: value for name, value in (ordinary | terms).items() if value is not None}


def a_key() -> str:
    return uuid.uuid4().hex


@contextmanager
def running_house(settings: Settings) -> Iterator[House]:
    """Everything that runs beside the database and Valkey, with the development data loaded."""
    with ExitStack() as stack:
        issuer = ServerThread(create_issuer(settings), settings.issuer_port)
        issuer.start()
        stack.callback(issuer.stop)
        worker = clearing_worker(settings)
        runner = ProjectionRunner(
            settings.database_url,
            segment=settings.segment,
            names=sorted(PROJECTIONS),
            batch_limit=settings.projection_batch_limit,
            interval_seconds=settings.projection_interval_ms / 1_000,
        )
        for follower in (worker, runner):
            thread = threading.Thread(target=follower.run, daemon=True)
            thread.start()
            stack.callback(thread.join, 20)
            stack.callback(follower.stop)
        seed_development(settings, wait_seconds=30)
        api = ApiThread(settings)
        api.start()
        stack.callback(api.stop)
        house = House(settings)
        stack.callback(house.http.close)
        wait_until_seeded(house)
        yield house


def wait_until_seeded(house: House) -> None:
    """The read models have come as far as the log."""
    deadline = time.monotonic() + 30
    while True:
        answer = house.get("operator", "/operations/lag")
        rows = answer.json()["items"]
        # The clearing worker's position is that of the last page with something to decide.
        behind = {row["name"]: row["behind"] for row in rows if row["name"] in PROJECTIONS}
        if behind.keys() == PROJECTIONS.keys() and not any(behind.values()):
            return
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def an_api(house: House, **changes: Any) -> tuple[ApiThread, House]:
    """Another instance on the same ledger, with other settings; to be stopped by the test."""
    settings: Settings = msgspec.structs.replace(house.settings, http_port=free_port(), **changes)
    api = ApiThread(settings)
    api.start()
    return api, House(settings)
