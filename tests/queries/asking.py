"""Asking the read models as the HTTP interface does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from adapters.ledger.schema import schema_name
from tests.builders import SEGMENT

T = TypeVar("T")


async def connect(database_url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, options=f"-c search_path={schema_name(SEGMENT)}"
    )


def ask(database_url: str, question: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """The answer to one question, over a connection of its own."""

    async def asked() -> T:
        async with await connect(database_url) as connection:
            return await question(connection, *args, **kwargs)

    return asyncio.run(asked())
