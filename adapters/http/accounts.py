"""Accounts: open, suspend, reinstate, show."""

from collections.abc import Callable
from typing import Final

from adapters.http.administering import execute
from adapters.http.call import Call, Result
from adapters.http.parameters import ListQuery, ReadQuery
from adapters.http.reading import read_list, read_one, require_seen_account
from adapters.http.reference_views import AccountStanding
from adapters.http.route import Answered, Handle, Route
from adapters.identity import Role
from commands.instruction_ids import instruction_ids
from commands.open_account import AccountRequest, open_account
from commands.ports import AdministrativeCommand
from commands.reasons import ReasonRequest
from commands.reinstate_account import reinstate_account
from commands.suspend_account import suspend_account
from queries.accounts import PROJECTIONS, AccountView, account_by_id, accounts
from queries.answer import Page

ADDRESS: Final = "/api/v1/accounts"
_WRITERS: Final = frozenset({Role.OPERATOR})
_VISIBLE_SECONDS: Final = 2.0
_DECIDED_SECONDS: Final = 5.0
_Command = Callable[[str, str, str, str], AdministrativeCommand]


async def open_one(call: Call) -> Result:
    """`POST /accounts`."""
    request: AccountRequest = call.body
    services = call.services
    reply, headers = await execute(call, open_account(request, services.settings.segment))
    # Who may act for an account is read from the read model: what comes next is to find it there.
    # When that is late, the account is open all the same.
    await services.reads.wait_until(PROJECTIONS, reply.position, _VISIBLE_SECONDS)
    headers["Location"] = f"{ADDRESS}/{request.account_id}"
    content = AccountStanding(
        account_id=request.account_id, status="ACTIVE", ledger_position=reply.position
    )
    return Result(status=201, content=content, position=reply.position, headers=headers)


def _changing(make: _Command, standing: str) -> Handle:
    """A handler that asks for the account's standing to change, and waits for the worker."""

    async def change(call: Call) -> Result:
        account_id = call.path_id("account_id")
        services = call.services
        await require_seen_account(call, account_id, Role.OPERATOR)
        [request_id] = instruction_ids(call.key_scope(), call.key, 1)
        command = make(account_id, call.body.reason, services.settings.segment, request_id)
        reply, headers = await execute(call, command)
        decided = await services.outcomes.decided(reply.position, _DECIDED_SECONDS)
        content = AccountStanding(
            account_id=account_id,
            status=standing if decided else "REQUESTED",
            ledger_position=reply.position,
        )
        status = 200 if decided else 202
        return Result(status=status, content=content, position=reply.position, headers=headers)

    return change


async def show(call: Call) -> Result:
    """`GET /accounts/{accountId}`."""
    account_id = call.path_id("account_id")
    return await read_one(call, lambda connection: account_by_id(connection, account_id), "account")


async def show_list(call: Call) -> Result:
    """`GET /accounts`."""
    query: ListQuery = call.query
    return await read_list(
        call, lambda connection: accounts(connection, limit=query.limit, cursor=query.cursor)
    )


_ONE: Final = f"{ADDRESS}/{{account_id:str}}"


def _change(name: str, summary: str, make: _Command, standing: str) -> Route:
    return Route(
        method="POST",
        path=f"{_ONE}/{name}",
        tag="Reference data",
        summary=summary,
        handle=_changing(make, standing),
        roles=_WRITERS,
        body=ReasonRequest,
        answers={
            200: Answered("Done, between the trades before and after.", AccountStanding),
            202: Answered("Asked for; the clearing worker has yet to come to it.", AccountStanding),
        },
        codes={404: ("NOT_FOUND",)},
    )


ROUTES: Final = (
    Route(
        method="POST",
        path=ADDRESS,
        tag="Reference data",
        summary="Open an account.",
        handle=open_one,
        roles=_WRITERS,
        body=AccountRequest,
        answers={201: Answered("Open.", AccountStanding)},
        codes={
            400: ("INVALID_CURRENCY", "INVALID_AMOUNT"),
            409: ("ACCOUNT_EXISTS",),
            422: ("UNKNOWN_PARTICIPANT",),
        },
    ),
    Route(
        method="GET",
        path=ADDRESS,
        tag="Reference data",
        summary="All accounts.",
        handle=show_list,
        query=ListQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[AccountView])},
    ),
    Route(
        method="GET",
        path=_ONE,
        tag="Reference data",
        summary="One account.",
        handle=show,
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The account.", AccountView)},
        codes={404: ("NOT_FOUND",)},
    ),
    _change("suspend", "Suspend an account.", suspend_account, "SUSPENDED"),
    _change("reinstate", "Reinstate a suspended account.", reinstate_account, "ACTIVE"),
)
