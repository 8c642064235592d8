"""The HTTP interface as the demonstration's users see it: a venue, risk, an operator."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
import msgspec

from adapters.demo.story import MarketTrade

_TIMEOUT_SECONDS: Final = 30.0
_PAGE: Final = 1_000
_BUSY: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_ATTEMPTS: Final = 60
_PASSWORD: Final = "password"  # noqa: S105 - of every development user
_WORKER: Final = "clearing-worker"

T = TypeVar("T")


class DemoFailed(Exception):
    """The interface answered what it should not; the message has the answer."""


class Received(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The answer to one trade of a batch: an id, or the code of a refusal at the door."""

    index: int
    trade_id: str | None = None
    code: str | None = None


class Receipt(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a batch; the position is None when nothing of it is in the ledger."""

    ledger_position: int | None
    results: list[Received]


class Rejection(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Why the ledger rejected a trade."""

    code: str


class ClearedTrade(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What the demonstration looks at in a trade of the read model; `price` in its currency."""

    trade_id: str
    status: str
    instrument_id: str
    price: Decimal
    rejection: Rejection | None


class Holding(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A position: whole securities, or an amount in units of the currency."""

    account_id: str
    asset_id: str
    quantity: int | Decimal


class Follower(msgspec.Struct, frozen=True, rename="camel"):
    """How far one process has come in the log."""

    name: str
    ledger_position: int


class Followed(msgspec.Struct, frozen=True):
    """How far the log goes, the clearing worker has decided, and every read model has come."""

    head: int
    decided: int
    projected: int


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    items: list[msgspec.Raw]
    next_cursor: str | None = None


class MarketClient:
    """One connection pool and a token for each user that is needed."""

    def __init__(self, api_url: str, issuer_url: str) -> None:
        self._issuer_url = issuer_url
        # A proxy of the environment has no business between us and ourselves.
        self._http = httpx.AsyncClient(
            base_url=f"{api_url}/api/v1", timeout=_TIMEOUT_SECONDS, trust_env=False
        )
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        for user in ("user", "risk", "operator"):
            self._tokens[user] = await self._token(user)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def submit(self, body: bytes) -> Receipt:
        """Submit a batch as the venue, again after a pause while the intake is full."""
        headers = self._as("user") | {"Content-Type": "application/json"}
        for _ in range(_ATTEMPTS):
            answer = await self._http.post("/trades/batch", content=body, headers=headers)
            if answer.status_code not in _BUSY:
                return msgspec.json.decode(_good(answer).content, type=Receipt)
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
        raise DemoFailed(f"still busy after {_ATTEMPTS} attempts to submit a batch")

    async def followed(self) -> Followed:
        """How far everybody has come, from the operator's view of lag."""
        answer = _good(await self._http.get("/operations/lag", headers=self._as("operator")))
        page = msgspec.json.decode(answer.content, type=_Page)
        followers = [msgspec.json.decode(item, type=Follower) for item in page.items]
        projected = [each.ledger_position for each in followers if each.name != _WORKER]
        decided = [each.ledger_position for each in followers if each.name == _WORKER]
        return Followed(
            head=int(answer.headers["Ledger-Position"]),
            decided=min(decided, default=0),
            projected=min(projected, default=0),
        )

    def trades(self, trade_date: date, until: int) -> AsyncIterator[ClearedTrade]:
        """Every trade of the day, once the read model has reached a position."""
        query = {"tradeDate": trade_date.isoformat(), "minPosition": str(until)}
        return self._pages("/trades", query, ClearedTrade)

    def positions(self, until: int) -> AsyncIterator[Holding]:
        """Every position of every account, once the read model has reached a position."""
        return self._pages("/positions", {"minPosition": str(until)}, Holding)

    async def _pages(self, path: str, query: dict[str, str], kind: type[T]) -> AsyncIterator[T]:
        cursor: str | None = ""
        while cursor is not None:
            asked = query | {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            answer = await self._http.get(path, params=asked, headers=self._as("risk"))
            page = msgspec.json.decode(_good(answer).content, type=_Page)
            for item in page.items:
                yield msgspec.json.decode(item, type=kind)
            cursor = page.next_cursor

    async def _token(self, user: str) -> str:
        form = {
            "grant_type": "password",
            "client_id": "clearing-client",
            "client_secret": "secret",
            "username": user,
            "password": _PASSWORD,
        }
        answer = await self._http.post(
            f"{self._issuer_url}/protocol/openid-connect/token", data=form
        )
        token: str = _good(answer).json()["access_token"]
        return token

    def _as(self, user: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[user]}"}


def batch_of(trades: Sequence[MarketTrade]) -> bytes:
    """The body of a batch."""
    elements: list[dict[str, Any]] = [
        {
            "instrumentId": trade.instrument_id,
            "buyerAccountId": trade.buyer_account_id,
            "sellerAccountId": trade.seller_account_id,
            "quantity": trade.quantity,
            "price": str(trade.price),
            "currency": trade.currency,
            "tradeDate": trade.trade_date,
            "venue": trade.venue,
            "venueTradeId": trade.venue_trade_id,
        }
        for trade in trades
    ]
    return msgspec.json.encode(elements)


def _good(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise DemoFailed(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
        )
    return answer
