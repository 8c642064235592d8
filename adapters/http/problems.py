"""Problem details (RFC 9457): every error of every kind has the same form."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar.exceptions import HTTPException

from adapters.identity import IdentityUnavailable, TokenRejected
from commands.ports import IntakeFull, LedgerUnavailable, Refused
from commands.refusal import RequestRefused
from queries.answer import InvalidCursor, InvalidLimit

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:clearing:problem:"
RETRY_AFTER_SECONDS: Final = "1"


class ProblemItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was wrong: in the body (a JSON pointer), or in the query (a parameter)."""

    detail: str
    code: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        items: tuple[ProblemItem, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.items = items
        self.headers = headers or {}


class ProblemDocument(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a client gets: `code` is stable, `detail` is for people and may change."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    errors: list[ProblemItem] = []

    @classmethod
    def of(cls, problem: Problem, correlation_id: str) -> "ProblemDocument":
        """The document of a problem."""
        return cls(
            type=TYPE_PREFIX + problem.code,
            title=HTTPStatus(problem.status).phrase,
            status=problem.status,
            detail=problem.detail,
            code=problem.code,
            correlation_id=correlation_id,
            errors=list(problem.items),
        )


STATUS_OF_REFUSAL: Final[dict[str, int]] = {
    "PARTICIPANT_EXISTS": 409,
    "INSTRUMENT_EXISTS": 409,
    "ACCOUNT_EXISTS": 409,
    "INVALID_ISIN": 400,
    "INVALID_CURRENCY": 400,
    "INVALID_MIC": 400,
    "INVALID_AMOUNT": 400,
}
"""Where a refusal of the ledger is something else than 422."""


def refused(refusal: Refused) -> Problem:
    """The problem of a refusal by the ledger."""
    return Problem(STATUS_OF_REFUSAL.get(refusal.code, 422), refusal.code, refusal.detail)


def not_found(what: str) -> Problem:
    """What is not there, or may not be seen: the same answer for both."""
    return Problem(404, "NOT_FOUND", f"there is no such {what}, or it is not yours to see")


def forbidden(detail: str) -> Problem:
    """What the caller may not do."""
    return Problem(403, "FORBIDDEN", detail)


def invalid_parameter(parameter: str, detail: str, code: str = "INVALID_PARAMETER") -> Problem:
    """A parameter of the query that cannot be understood."""
    item = ProblemItem(detail=detail, code=code, parameter=parameter)
    return Problem(400, code, f"{parameter}: {detail}", items=(item,))


def _request_refused(error: RequestRefused) -> Problem:
    item = ProblemItem(detail=error.detail, code=error.code, pointer=error.pointer)
    return Problem(400, error.code, str(error), items=(item,))


def _token_rejected(error: TokenRejected) -> Problem:
    challenge = (
        f'Bearer realm="clearing", error="invalid_token", error_description="{error.reason}"'
    )
    return Problem(401, "INVALID_TOKEN", error.reason, headers={"WWW-Authenticate": challenge})


def _unavailable(code: str, detail: str, retry_after: str = RETRY_AFTER_SECONDS) -> Problem:
    return Problem(503, code, detail, headers={"Retry-After": retry_after})


def _intake_full(error: IntakeFull) -> Problem:
    return _unavailable(
        "INTAKE_FULL",
        "more is submitted than the ledger takes: send the same request again after a moment",
        str(error.retry_after_seconds),
    )


def _ledger_unavailable(_error: LedgerUnavailable) -> Problem:
    return _unavailable(
        "LEDGER_UNAVAILABLE",
        "the ledger's database (PostgreSQL) does not answer; start it with `clearing up`, or check "
        "CLEARING_DATABASE_URL. What was not acknowledged may be in the ledger: send it again with "
        "the same Idempotency-Key",
    )


def _identity_unavailable(_error: IdentityUnavailable) -> Problem:
    return _unavailable(
        "IDENTITY_UNAVAILABLE",
        "the token issuer does not answer, so no token can be judged; start it with `clearing up`, "
        "or check CLEARING_ISSUER_URL",
    )


def _framework(error: HTTPException) -> Problem:
    status = error.status_code
    code = _FRAMEWORK_CODES.get(status, "INVALID_REQUEST" if status < 500 else "INTERNAL_ERROR")
    detail = _FRAMEWORK_DETAILS.get(status) or (error.detail if status < 500 else _BUG)
    return Problem(status, code, detail)


_BUG: Final = "something went wrong here; the correlation id leads to it in the log"
_FRAMEWORK_CODES: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
_FRAMEWORK_DETAILS: Final = {
    404: "there is nothing at this address",
    405: "this address does not take the method; `Allow` says which it takes",
}

_Mapping = tuple[type[Exception], Callable[[Any], Problem], int]
_EXCEPTIONS: Final[tuple[_Mapping, ...]] = (
    (Problem, lambda error: error, logging.DEBUG),
    (RequestRefused, _request_refused, logging.DEBUG),
    (TokenRejected, _token_rejected, logging.INFO),
    (InvalidCursor, lambda error: invalid_parameter("cursor", str(error)), logging.DEBUG),
    (InvalidLimit, lambda error: invalid_parameter("limit", str(error)), logging.DEBUG),
    (IntakeFull, _intake_full, logging.WARNING),
    (LedgerUnavailable, _ledger_unavailable, logging.ERROR),
    (IdentityUnavailable, _identity_unavailable, logging.ERROR),
    (HTTPException, _framework, logging.DEBUG),
    (Exception, lambda _error: Problem(500, "INTERNAL_ERROR", _BUG), logging.CRITICAL),
)
"""Every exception's answer and how loudly it is logged. The last line is for bugs."""


def problem_of(error: Exception) -> tuple[Problem, int]:
    """The problem that an exception becomes, and its log level."""
    for kind, make, level in _EXCEPTIONS:
        if isinstance(error, kind):
            return make(error), level
    raise AssertionError("the table ends with Exception")
