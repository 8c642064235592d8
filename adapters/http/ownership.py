"""Whose an account is: asked of the read model once, because an account never changes hands."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from psycopg import AsyncConnection

from queries.account_owners import account_owners

_REMEMBERED_MAXIMUM = 1_000_000


class _Connections(Protocol):
    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]: ...


class AccountOwners:
    """The participants of accounts. An account that was opened a moment ago may be unknown yet."""

    def __init__(self, reads: _Connections) -> None:
        self._reads = reads
        self._known: dict[str, str] = {}

    async def of(self, accounts: Collection[str]) -> Mapping[str, str]:
        """The participant of each account that is known."""
        known = self._known
        missing = {account for account in accounts if account not in known}
        if missing:
            async with self._reads.connection() as connection:
                found = await account_owners(connection, missing)
            if len(known) + len(found) > _REMEMBERED_MAXIMUM:
                known.clear()
            known.update(found)
        return known
