"""Transfers: cash and securities in, out, and between accounts."""

from typing import Annotated, Final

import msgspec

from adapters.http.call import Call, Result
from adapters.http.ledger_codes import TRANSFER_CODES
from adapters.http.parameters import ReadQuery, TransfersQuery
from adapters.http.problems import forbidden
from adapters.http.reading import read_list, read_one, require_seen_account
from adapters.http.route import Answered, Route
from adapters.http.submitting import result_of, submit_one
from adapters.identity import Role
from commands.instruction_ids import instruction_ids
from commands.submit_transfer import TransferRequest, submit_transfer
from domain.kernel.streams import StreamKind, stream_id
from domain.settlement.transfer import TransferKind
from queries.answer import Page
from queries.transfers import PROJECTIONS, TransferView, list_transfers, transfer_by_id

ADDRESS: Final = "/api/v1/transfers"
_SUBMITTERS: Final = frozenset({Role.OPERATOR, Role.PARTICIPANT})
_EVERYTHING: Final = (Role.OPERATOR, Role.RISK, Role.AUDITOR)
_ROLES: Final = frozenset({Role.PARTICIPANT, *_EVERYTHING})
_SEEN: Final = "The participants of either account see it; operator, risk and auditor see all."


class TransferSubmission(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A transfer that the ledger holds, durably. `status` is what it has reached so far."""

    transfer_id: Annotated[str, msgspec.Meta(description="A UUID that the ledger gave it.")]
    status: Annotated[str, msgspec.Meta(description="SUBMITTED or SETTLED.", examples=["SETTLED"])]
    ledger_position: Annotated[int, msgspec.Meta(description="Where in the ledger.")]


async def submit(call: Call) -> Result:
    """`POST /transfers`."""
    request: TransferRequest = call.body
    if Role.OPERATOR not in call.caller.roles:
        await _require_own(call, request)
    [transfer_id] = instruction_ids(call.key_scope(), call.key, 1)
    stream = stream_id(call.services.settings.segment, StreamKind.TRANSFER, transfer_id)
    submission = submit_transfer(request, stream, call.instruction(), keyed=call.key is not None)
    submitted = await submit_one(call, submission, ADDRESS)
    content = TransferSubmission(
        transfer_id=submitted.identifier,
        status=submitted.status,
        ledger_position=submitted.position,
    )
    return result_of(submitted, content)


async def _require_own(call: Call, request: TransferRequest) -> None:
    if request.kind is TransferKind.TRANSFER:
        await call.require_own_accounts(request.from_account_id, request.to_account_id)
    elif request.kind is TransferKind.WITHDRAWAL:
        await call.require_own_accounts(request.from_account_id)
    else:
        raise forbidden("deposits and issuances are the operator's")


async def show(call: Call) -> Result:
    """`GET /transfers/{transferId}`."""
    transfer_id = call.path_uuid("transfer_id", "transfer")
    participants = call.seen_participants(*_EVERYTHING)
    return await read_one(
        call,
        lambda connection: transfer_by_id(
            connection, transfer_id, participants=participants, submitter=call.caller.subject
        ),
        "transfer",
    )


async def show_list(call: Call) -> Result:
    """`GET /transfers`."""
    query: TransfersQuery = call.query
    participants = call.seen_participants(*_EVERYTHING)
    if participants is not None:
        await require_seen_account(call, query.account_id, *_EVERYTHING)
    return await read_list(
        call,
        lambda connection: list_transfers(
            connection,
            participants=participants,
            account_id=query.account_id,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )


ROUTES: Final = (
    Route(
        method="POST",
        path=ADDRESS,
        tag="Transfers",
        summary="Submit a transfer.",
        handle=submit,
        roles=_SUBMITTERS,
        ownership=(
            "A participant transfers between its own accounts and withdraws from them; the rest is "
            "the operator's."
        ),
        body=TransferRequest,
        waits=True,
        answers={
            202: Answered("The ledger holds it; it settles in a moment.", TransferSubmission),
            201: Answered(
                "With `Prefer: wait=SECONDS`: settled, or what it reached in time.",
                TransferSubmission,
            ),
        },
        codes={
            400: ("INVALID_QUANTITY", "INVALID_AMOUNT", "SAME_ACCOUNT"),
            422: TRANSFER_CODES,
            503: ("INTAKE_FULL",),
        },
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/{{transfer_id:str}}",
        tag="Transfers",
        summary="A transfer, the states it went through, and why it was rejected.",
        handle=show,
        roles=_ROLES,
        ownership=_SEEN,
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The transfer.", TransferView)},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="GET",
        path=ADDRESS,
        tag="Transfers",
        summary="Transfers, newest first.",
        handle=show_list,
        roles=_ROLES,
        ownership=_SEEN,
        query=TransfersQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[TransferView])},
        codes={404: ("NOT_FOUND",)},
    ),
)
