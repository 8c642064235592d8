"""What all reads have in common: wait for a position, ask, and say which position was read."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from psycopg import AsyncConnection

from adapters.http.call import Call, Result
from adapters.http.problems import Problem, not_found
from adapters.identity import Role
from queries.answer import Answer

T = TypeVar("T")
Ask = Callable[[AsyncConnection[Any]], Awaitable[Answer[T]]]


async def read_answer(call: Call, ask: Ask[T]) -> Answer[T]:
    """Ask once the read models have reached the position that the caller wants, in bounded time."""
    wanted = call.query.min_position
    reads = call.services.reads
    if wanted is not None:
        seconds = call.services.settings.read_wait_seconds_maximum
        if not await reads.wait_until(call.route.reads, wanted, seconds):
            raise Problem(
                503,
                "NOT_REACHED_YET",
                f"the read model has not reached ledger position {wanted} within {seconds:g} s",
                headers={"Retry-After": "1"},
            )
    async with reads.connection() as connection:
        return await ask(connection)


async def read_one(call: Call, ask: Ask[Any], what: str) -> Result:
    """One thing, or 404."""
    found = await read_answer(call, ask)
    if found.content is None:
        raise not_found(what)
    return Result(content=found.content, position=found.ledger_position)


async def read_list(call: Call, ask: Ask[Any]) -> Result:
    """A page."""
    found = await read_answer(call, ask)
    return Result(content=found.content, position=found.ledger_position)


async def require_seen_account(call: Call, account_id: str | None, *everything: Role) -> None:
    """Raises 404 for an account that is not there, or that the caller may not see."""
    if account_id is None:
        return
    owners = await call.services.owners.of((account_id,))
    seen = call.seen_participants(*everything)
    owner = owners.get(account_id)
    if owner is None or (seen is not None and owner not in seen):
        raise not_found("account")
