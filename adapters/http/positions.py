"""Positions, movements and settlements: what is held, how it came, what was settled."""

from typing import Final

from adapters.http.call import Call, Result
from adapters.http.parameters import (
    AccountPositionsQuery,
    MovementsQuery,
    PositionsQuery,
    SettlementsQuery,
)
from adapters.http.problems import not_found
from adapters.http.reading import read_list, read_one, require_seen_account
from adapters.http.route import Answered, Route
from adapters.identity import Role
from queries.account_movements import PROJECTIONS as MOVEMENTS
from queries.account_movements import StatementView, account_movements
from queries.answer import Page
from queries.positions import PROJECTIONS as POSITIONS
from queries.positions import PositionView, positions
from queries.settlements import PROJECTIONS as SETTLEMENTS
from queries.settlements import SettlementView, settlements

ADDRESS: Final = "/api/v1"
_EVERYTHING: Final = (Role.RISK, Role.AUDITOR)
_ROLES: Final = frozenset({Role.PARTICIPANT, *_EVERYTHING})
_SEEN: Final = "Risk and auditor see all; a participant its own accounts (404 for others)."


async def show_positions(call: Call) -> Result:
    """`GET /positions`."""
    query: PositionsQuery = call.query
    seen = call.seen_participants(*_EVERYTHING)
    if seen is not None:
        if query.participant_id is not None and query.participant_id not in seen:
            raise not_found("participant")
        await require_seen_account(call, query.account_id, *_EVERYTHING)
    return await read_list(
        call,
        lambda connection: positions(
            connection,
            participants=seen,
            account_id=query.account_id,
            asset_id=query.asset_id,
            participant_id=query.participant_id,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )


async def show_account_positions(call: Call) -> Result:
    """`GET /accounts/{accountId}/positions`."""
    query: AccountPositionsQuery = call.query
    account_id = call.path_id("account_id")
    await require_seen_account(call, account_id, *_EVERYTHING)
    return await read_list(
        call,
        lambda connection: positions(
            connection,
            participants=call.seen_participants(*_EVERYTHING),
            account_id=account_id,
            asset_id=query.asset_id,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )


async def show_movements(call: Call) -> Result:
    """`GET /accounts/{accountId}/movements`."""
    query: MovementsQuery = call.query
    account_id = call.path_id("account_id")
    await require_seen_account(call, account_id, *_EVERYTHING)
    return await read_one(
        call,
        lambda connection: account_movements(
            connection,
            account_id,
            participants=call.seen_participants(*_EVERYTHING),
            asset_id=query.asset_id,
            from_date=query.from_date,
            to_date=query.to_date,
            limit=query.limit,
            cursor=query.cursor,
        ),
        "account",
    )


async def show_settlements(call: Call) -> Result:
    """`GET /settlements`."""
    query: SettlementsQuery = call.query
    seen = call.seen_participants(*_EVERYTHING)
    if seen is not None:
        await require_seen_account(call, query.account_id, *_EVERYTHING)
    return await read_list(
        call,
        lambda connection: settlements(
            connection,
            participants=seen,
            account_id=query.account_id,
            settled_on=query.settled_on,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{ADDRESS}/positions",
        tag="Positions",
        summary="What is held, by account and asset.",
        handle=show_positions,
        roles=_ROLES,
        ownership=_SEEN,
        query=PositionsQuery,
        reads=POSITIONS,
        answers={200: Answered("A page.", Page[PositionView])},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/accounts/{{account_id:str}}/positions",
        tag="Positions",
        summary="What one account holds.",
        handle=show_account_positions,
        roles=_ROLES,
        ownership=_SEEN,
        query=AccountPositionsQuery,
        reads=POSITIONS,
        answers={200: Answered("A page.", Page[PositionView])},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/accounts/{{account_id:str}}/movements",
        tag="Positions",
        summary="An account's movements with the balance after each, and a statement's balances.",
        handle=show_movements,
        roles=_ROLES,
        ownership=_SEEN,
        query=MovementsQuery,
        reads=MOVEMENTS,
        answers={200: Answered("A page.", StatementView)},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/settlements",
        tag="Positions",
        summary="Settled obligations, newest first.",
        handle=show_settlements,
        roles=_ROLES,
        ownership=_SEEN,
        query=SettlementsQuery,
        reads=SETTLEMENTS,
        answers={200: Answered("A page.", Page[SettlementView])},
        codes={404: ("NOT_FOUND",)},
    ),
)
