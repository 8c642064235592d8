"""Operations: how far everybody who follows the log has come."""

from typing import Final

import msgspec

from adapters.http.call import Call, Result
from adapters.http.route import Answered, Route
from adapters.identity import Role
from queries.lag import LagView, lag


class LagList(msgspec.Struct, frozen=True, rename="camel"):
    """Every worker's position, and how many positions it is behind the end of the log."""

    items: list[LagView]
    next_cursor: None = None


async def show_lag(call: Call) -> Result:
    """`GET /operations/lag`."""
    async with call.services.reads.connection() as connection:
        found = await lag(connection)
    return Result(content=LagList(found.content), position=found.ledger_position)


ROUTES: Final = (
    Route(
        method="GET",
        path="/api/v1/operations/lag",
        tag="Operations",
        summary="How far the workers have come, and how far they are behind.",
        handle=show_lag,
        roles=frozenset({Role.OPERATOR, Role.AUDITOR}),
        answers={200: Answered("Every worker.", LagList)},
    ),
)
