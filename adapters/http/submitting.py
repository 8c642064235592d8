"""What all submissions have in common: record, and answer with the position or the outcome."""

from typing import Any

import msgspec

from adapters.http.call import Call, Result
from adapters.http.ledger_codes import rejection_detail
from adapters.http.problems import Problem, refused
from commands.ports import Accepted, Refused, Submission
from domain.clearing.trade import TradeRejected
from domain.kernel.streams import identifier_of
from domain.settlement.transfer import TransferRejected

REPLAYED = ("Idempotent-Replayed", "true")
_SETTLED = "SETTLED"
_SUBMITTED = "SUBMITTED"


class Submitted(msgspec.Struct, frozen=True):
    """What became of a submission: its id, the status it reached, and where in the ledger."""

    identifier: str
    status: str
    position: int
    http_status: int
    headers: dict[str, str]


async def submit_one(call: Call, submission: Submission, address: str) -> Submitted:
    """Record one instruction; with `Prefer: wait` also wait for what becomes of it.

    Raises a `Problem` for a refusal, and for a rejection that was waited for.
    """
    [answer] = await call.services.intake.submit([submission])
    if isinstance(answer, Refused):
        raise refused(answer)
    identifier = identifier_of(answer.stream)
    headers = {"Location": f"{address}/{identifier}"}
    if answer.replayed:
        headers[REPLAYED[0]] = REPLAYED[1]
    if not call.wait_seconds:
        return Submitted(identifier, _SUBMITTED, answer.position, 202, headers)
    headers["Preference-Applied"] = f"wait={call.wait_seconds:.0f}"
    return await _with_outcome(call, answer, identifier, headers)


async def _with_outcome(
    call: Call, accepted: Accepted, identifier: str, headers: dict[str, str]
) -> Submitted:
    outcome = await call.services.outcomes.wait(accepted.stream, call.wait_seconds)
    if outcome is None:
        return Submitted(identifier, _SUBMITTED, accepted.position, 201, headers)
    event = outcome.event
    if isinstance(event, (TradeRejected, TransferRejected)):
        headers["Ledger-Position"] = str(outcome.position)
        raise Problem(422, event.code, rejection_detail(event.code, event.side), headers=headers)
    return Submitted(identifier, _SETTLED, outcome.position, 201, headers)


def result_of(submitted: Submitted, content: Any) -> Result:
    """The answer to a submission."""
    return Result(
        status=submitted.http_status,
        content=content,
        position=submitted.position,
        headers=submitted.headers,
    )
