"""Trades: submit one or many, and see what became of them."""

import asyncio
from typing import Annotated, Final
from uuid import UUID

import msgspec

from adapters.http.bodies import media_type, read_body
from adapters.http.call import Call, Result
from adapters.http.charging import charge
from adapters.http.ledger_codes import TRADE_CODES
from adapters.http.parameters import ReadQuery, TradesQuery
from adapters.http.problems import Problem
from adapters.http.reading import read_list, read_one, require_seen_account
from adapters.http.route import JSON, NDJSON, READERS, Answered, Route
from adapters.http.submitting import REPLAYED, result_of, submit_one
from adapters.http.trade_batch import Element, decode_batch
from adapters.identity import Role
from commands.instruction_ids import instruction_ids
from commands.ports import Accepted, Refused, Submission
from commands.refusal import RequestRefused
from commands.submit_trades import TradeRequest, submit_trade
from domain.kernel.streams import StreamKind, identifier_of, stream_id
from queries.answer import Page
from queries.list_trades import list_trades
from queries.trade_by_id import trade_by_id
from queries.trade_view import PROJECTIONS, TradeView

ADDRESS: Final = "/api/v1/trades"
_SUBMITTERS: Final = frozenset({Role.VENUE, Role.PARTICIPANT})
_EVERYTHING: Final = (Role.OPERATOR, Role.RISK, Role.AUDITOR)
_ELEMENTS_BETWEEN_PAUSES: Final = 1_000
_DOOR_CODES: Final = (
    "INVALID_QUANTITY",
    "INVALID_PRICE",
    "INVALID_CURRENCY",
    "INVALID_MIC",
    "SAME_ACCOUNT",
)
_REUSED: Final = ("VENUE_TRADE_ID_REUSED", "TRADE_DATE_OUT_OF_WINDOW")
_NOT_OWN: Final = "a participant submits trades only when both accounts are its own"
_SEEN: Final = (
    "The participants of either side and the submitter see a trade; risk, auditor and operator see "
    "all."
)


class TradeSubmission(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A trade that the ledger holds, durably. `status` is what it has reached so far."""

    trade_id: Annotated[str, msgspec.Meta(description="A UUID that the ledger gave the trade.")]
    status: Annotated[str, msgspec.Meta(description="SUBMITTED or SETTLED.", examples=["SETTLED"])]
    ledger_position: Annotated[int, msgspec.Meta(description="Where in the ledger.")]


class BatchResult(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One element: with its `tradeId` the ledger holds it; with a `code` it was not recorded."""

    index: int
    trade_id: str | msgspec.UnsetType = msgspec.UNSET
    code: str | msgspec.UnsetType = msgspec.UNSET
    detail: str | msgspec.UnsetType = msgspec.UNSET


def _refused(index: int, code: str, detail: str) -> BatchResult:
    return BatchResult(index, code=code, detail=detail)


class BatchSubmission(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`ledgerPosition` is the highest of the accepted elements; null when there is none."""

    accepted: Annotated[int, msgspec.Meta(description="Elements that the ledger holds.")]
    ledger_position: int | None
    results: list[BatchResult]


async def submit(call: Call) -> Result:
    """`POST /trades`."""
    request: TradeRequest = call.body
    if Role.VENUE not in call.caller.roles:
        await call.require_own_accounts(request.buyer_account_id, request.seller_account_id)
    [trade_id] = instruction_ids(call.key_scope(), call.key, 1)
    stream = stream_id(call.services.settings.segment, StreamKind.TRADE, trade_id)
    submission = submit_trade(request, stream, call.instruction(), keyed=call.key is not None)
    submitted = await submit_one(call, submission, ADDRESS)
    content = TradeSubmission(
        trade_id=submitted.identifier,
        status=submitted.status,
        ledger_position=submitted.position,
    )
    return result_of(submitted, content)


async def submit_batch(call: Call) -> Result:
    """`POST /trades/batch`."""
    kind = media_type(call.headers, call.route.media_types)
    limit = call.services.settings.request_body_limit_bytes
    try:
        elements = decode_batch(kind, await read_body(call.receive, call.headers, limit))
    except (Problem, RequestRefused):
        await charge(call, 1)
        raise
    await charge(call, len(elements))
    refusals: dict[int, BatchResult] = {}
    submissions = await _submissions(call, elements, refusals)
    answers = await call.services.intake.submit(submissions)
    return _batch_result(len(elements), refusals, answers)


async def _submissions(
    call: Call, elements: list[Element], refusals: dict[int, BatchResult]
) -> list[Submission]:
    """What is to be recorded; the elements that refuse themselves go to `refusals`."""
    instruction = call.instruction()
    keyed = call.key is not None
    prefix = stream_id(call.services.settings.segment, StreamKind.TRADE, "")
    ids = instruction_ids(call.key_scope(), call.key, len(elements))
    foreign = await _foreign_accounts(call, elements)
    submissions: list[Submission] = []
    for index, element in enumerate(elements):
        if index % _ELEMENTS_BETWEEN_PAUSES == 0:
            await asyncio.sleep(0)  # others' requests are not kept waiting for a large batch
        if isinstance(element, RequestRefused):
            refusals[index] = _refused(index, element.code, str(element))
            continue
        if foreign and not foreign.isdisjoint(
            (element.buyer_account_id, element.seller_account_id)
        ):
            refusals[index] = _refused(index, "FORBIDDEN", _NOT_OWN)
            continue
        try:
            submission = submit_trade(element, prefix + ids[index], instruction, keyed=keyed)
        except RequestRefused as refused:
            refusals[index] = _refused(index, refused.code, str(refused))
        else:
            submissions.append(submission)
    return submissions


async def _foreign_accounts(call: Call, elements: list[Element]) -> set[str]:
    """The accounts of a participant's batch that are not its own; a venue names any."""
    if Role.VENUE in call.caller.roles:
        return set()
    accounts = {
        account
        for element in elements
        if isinstance(element, TradeRequest)
        for account in (element.buyer_account_id, element.seller_account_id)
    }
    owners = await call.services.owners.of(accounts)
    own = call.own_participants()
    return {account for account in accounts if owners.get(account) not in own}


def _batch_result(
    count: int,
    refusals: dict[int, BatchResult],
    answers: list[Accepted | Refused],
) -> Result:
    results: list[BatchResult] = []
    position = accepted = replayed = reused = 0
    rest = iter(answers)
    for index in range(count):
        refusal = refusals.get(index)
        if refusal is not None:
            results.append(refusal)
            continue
        answer = next(rest)
        if isinstance(answer, Accepted):
            accepted += 1
            replayed += answer.replayed
            position = max(position, answer.position)
            results.append(BatchResult(index, identifier_of(answer.stream)))
        else:
            reused += answer.code == "IDEMPOTENCY_KEY_REUSED"
            results.append(_refused(index, answer.code, answer.detail))
    if reused and accepted == replayed:
        # Nothing was recorded by this request, and the key stands for another one.
        raise Problem(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "this Idempotency-Key was used for another batch: take a new one",
        )
    content = BatchSubmission(accepted=accepted, ledger_position=position or None, results=results)
    headers = dict([REPLAYED]) if accepted and replayed == accepted else {}
    return Result(status=202, content=content, position=position or None, headers=headers)


async def show(call: Call) -> Result:
    """`GET /trades/{tradeId}`."""
    trade_id: UUID = call.path_uuid("trade_id", "trade")
    participants = call.seen_participants(*_EVERYTHING)
    submitter = call.caller.subject
    return await read_one(
        call,
        lambda connection: trade_by_id(
            connection, trade_id, participants=participants, submitter=submitter
        ),
        "trade",
    )


async def show_list(call: Call) -> Result:
    """`GET /trades`: of a caller's own accounts where it has some, else those it submitted."""
    query: TradesQuery = call.query
    participants = call.seen_participants(*_EVERYTHING)
    submitted_by = None
    if participants is not None and Role.VENUE in call.caller.roles and not participants:
        participants, submitted_by = None, call.caller.subject
    if participants is not None:
        await require_seen_account(call, query.account_id, *_EVERYTHING)
    return await read_list(
        call,
        lambda connection: list_trades(
            connection,
            participants=participants,
            account_id=query.account_id,
            instrument_id=query.instrument_id,
            status=query.status,
            trade_date=query.trade_date,
            submitted_by=submitted_by,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )


_SUBMIT_OWNERSHIP: Final = (
    "A venue submits locked-in trades for any accounts; a participant only when both accounts are "
    "its own (403 otherwise, also for accounts that do not exist)."
)

ROUTES: Final = (
    Route(
        method="POST",
        path=ADDRESS,
        tag="Trades",
        summary="Submit a trade.",
        handle=submit,
        roles=_SUBMITTERS,
        ownership=_SUBMIT_OWNERSHIP,
        body=TradeRequest,
        waits=True,
        answers={
            202: Answered("The ledger holds it; it is cleared in a moment.", TradeSubmission),
            201: Answered(
                "With `Prefer: wait=SECONDS`: settled, or what it reached in time.",
                TradeSubmission,
            ),
        },
        codes={400: _DOOR_CODES, 422: (_REUSED[0], *TRADE_CODES), 503: ("INTAKE_FULL",)},
    ),
    Route(
        method="POST",
        path=f"{ADDRESS}/batch",
        tag="Trades",
        summary="Submit up to 10,000 trades: a JSON array, or one JSON object a line.",
        handle=submit_batch,
        roles=_SUBMITTERS,
        ownership=_SUBMIT_OWNERSHIP + " In a batch each element is judged by itself.",
        body=list[TradeRequest],
        element=TradeRequest,
        media_types=(JSON, NDJSON),
        answers={202: Answered("Each element's result, in order.", BatchSubmission)},
        codes={
            400: _DOOR_CODES,
            413: ("BATCH_TOO_LARGE",),
            422: _REUSED,
            503: ("INTAKE_FULL",),
        },
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/{{trade_id:str}}",
        tag="Trades",
        summary="A trade, the states it went through, and why it was rejected.",
        handle=show,
        roles=READERS,
        ownership=_SEEN,
        query=ReadQuery,
        reads=PROJECTIONS,
        answers={200: Answered("The trade.", TradeView)},
        codes={404: ("NOT_FOUND",)},
    ),
    Route(
        method="GET",
        path=ADDRESS,
        tag="Trades",
        summary="Trades, newest first.",
        handle=show_list,
        roles=READERS,
        ownership=_SEEN + " A venue without participants lists what it submitted.",
        query=TradesQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[TradeView])},
        codes={404: ("NOT_FOUND",)},
    ),
)
