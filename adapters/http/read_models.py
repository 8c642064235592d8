"""Connections to the read models, pooled, and waiting for these to come far enough."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from adapters.ledger.schema import projection_channel, schema_name
from adapters.settings import Settings
from commands.ports import LedgerUnavailable
from queries.read_models import ReadModelWaiter

_CONNECTIONS_MAXIMUM: Final = 8
_CONNECTION_WAIT_SECONDS: Final = 3.0
_STATEMENT_MILLISECONDS_MAXIMUM: Final = 15_000


class PostgresReadModels:
    """`adapters.http.services.ReadModels`; an asynchronous context manager."""

    def __init__(self, settings: Settings) -> None:
        options = (
            f"-c search_path={schema_name(settings.segment)} -c timezone=UTC"
            f" -c statement_timeout={_STATEMENT_MILLISECONDS_MAXIMUM}"
        )
        self._url = settings.database_url
        self._arguments: dict[str, Any] = {
            "autocommit": True,
            "options": options,
            "application_name": "clearing queries",
            "connect_timeout": 5,
        }
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            self._url,
            kwargs=self._arguments,
            min_size=1,
            max_size=_CONNECTIONS_MAXIMUM,
            timeout=_CONNECTION_WAIT_SECONDS,
            open=False,
        )
        self._waiter = ReadModelWaiter(self._connect, projection_channel(settings.segment))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the pool, without waiting for the database, and listen."""
        await self._pool.open(wait=False)
        self._stack.push_async_callback(self._pool.close)
        await self._stack.enter_async_context(self._waiter)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close everything."""
        await self._stack.aclose()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection in autocommit mode; raises `LedgerUnavailable`."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, PoolClosed, psycopg.OperationalError) as error:
            # Where one connection was lost the others may be: nobody shall meet them one by one.
            await self._pool.check()
            raise LedgerUnavailable(str(error)) from error

    async def wait_until(
        self, projections: tuple[str, ...], position: int, timeout_seconds: float
    ) -> bool:
        """Whether all the projections have reached `position` in time."""
        return await self._waiter.wait_until(position, projections, timeout_seconds)

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(self._url, **self._arguments)
