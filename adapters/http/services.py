"""What the HTTP interface is built on; wired in one place and handed in."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec
from psycopg import AsyncConnection

from adapters.http.ownership import AccountOwners
from adapters.http.streams import OpenStreams
from adapters.identity import Caller
from adapters.redis.rate_limit import RateLimiter
from adapters.settings import Settings
from commands.ports import Administration, Intake, Outcomes


class Verifier(Protocol):
    """Judges access tokens."""

    async def verify(self, token: str) -> Caller:
        """Whoever the token speaks for; raises `TokenRejected`, `IdentityUnavailable`."""
        ...


class ReadModels(Protocol):
    """Connections to the read models, and waiting until these have reached a position."""

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A connection in autocommit mode; raises `LedgerUnavailable`."""
        ...

    async def wait_until(
        self, projections: tuple[str, ...], position: int, timeout_seconds: float
    ) -> bool:
        """Whether all the projections have reached `position` in time."""
        ...


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that routes use. `closing` is set when the process begins to stop."""

    settings: Settings
    verifier: Verifier
    intake: Intake
    administration: Administration
    outcomes: Outcomes
    reads: ReadModels
    owners: AccountOwners
    limiter: RateLimiter
    streams: OpenStreams
    closing: asyncio.Event
