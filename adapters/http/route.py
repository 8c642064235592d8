"""What a route is: declared once, and from it come its checks and its documentation."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from adapters.http.call import Call, Result
from adapters.identity import Role

Handle = Callable[[Call], Awaitable[Result]]

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
SMALL_BODY_BYTES: Final = 64 * 1024

READERS: Final = frozenset(Role)
AUDITED: Final = frozenset({Role.AUDITOR})
"""The auditor reads everything and writes nothing: on every route that reads."""

COMMON_CODES: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("UNAUTHENTICATED", "INVALID_TOKEN"),
    403: ("FORBIDDEN",),
    429: ("RATE_LIMITED",),
    500: ("INTERNAL_ERROR",),
    503: ("LEDGER_UNAVAILABLE", "IDENTITY_UNAVAILABLE", "STOPPING"),
}
"""What every route that needs a token may answer."""


class Answered(msgspec.Struct, frozen=True):
    """One kind of success: what it means, and the type of its body."""

    meaning: str
    content: Any = None
    media_type: str = JSON


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one address.

    `roles` is None for what needs no token. `codes` are the problem codes of this route by status,
    beside those that every route has. `element` is the type of one element of a batch.
    """

    method: str
    path: str
    tag: str
    summary: str
    handle: Handle
    answers: Mapping[int, Answered]
    roles: frozenset[Role] | None = READERS
    ownership: str = ""
    body: Any = None
    element: Any = None
    query: Any = None
    reads: tuple[str, ...] = ()
    codes: Mapping[int, tuple[str, ...]] = {}
    body_limit_bytes: int = SMALL_BODY_BYTES
    media_types: tuple[str, ...] = (JSON,)
    waits: bool = False
    body_optional: bool = False

    @property
    def name(self) -> str:
        """The operation's name: `POST /trades/batch` is `postTradesBatch`."""
        words = self.path.replace("{", "by-").replace("}", "").replace(":str", "")
        parts = [part for part in words.replace("_", "-").replace("/", "-").split("-") if part]
        return self.method.lower() + "".join(part[0].upper() + part[1:] for part in parts)

    def all_codes(self) -> dict[int, tuple[str, ...]]:
        """Every problem code by status."""
        codes: dict[int, tuple[str, ...]] = {}
        if self.roles is not None:
            codes.update(COMMON_CODES)
        for status, names in self.codes.items():
            codes[status] = codes.get(status, ()) + names
        if self.method == "POST" and self.roles is not None:
            codes[400] = ("INVALID_REQUEST", "INVALID_IDEMPOTENCY_KEY", *codes.get(400, ()))
            codes[413] = ("BODY_TOO_LARGE", *codes.get(413, ()))
            codes[415] = ("UNSUPPORTED_MEDIA_TYPE", *codes.get(415, ()))
            codes[422] = ("IDEMPOTENCY_KEY_REUSED", *codes.get(422, ()))
        elif self.roles is not None:
            codes[400] = ("UNKNOWN_PARAMETER", "INVALID_PARAMETER", *codes.get(400, ()))
        if self.reads:
            codes[503] = (*codes[503], "NOT_REACHED_YET")
        return dict(sorted(codes.items()))
