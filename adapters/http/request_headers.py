"""What clients say beside the body: idempotency keys, preferences, ids of requests."""

import re
from typing import Final

from adapters.http.problems import Problem
from commands.randomness import random_hex

_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}", re.ASCII)
_WAIT: Final = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?=,|;|$)", re.IGNORECASE)


def idempotency_key(headers: dict[bytes, bytes]) -> str | None:
    """The `Idempotency-Key`; raises a `Problem` for one that is malformed."""
    raw = headers.get(b"idempotency-key")
    if raw is None:
        return None
    key = raw.decode("latin-1")
    if _KEY.fullmatch(key) is None:
        raise Problem(
            400,
            "INVALID_IDEMPOTENCY_KEY",
            "an Idempotency-Key is 1 to 255 visible ASCII characters",
        )
    return key


def preferred_wait(headers: dict[bytes, bytes], maximum: float) -> float:
    """Seconds of `Prefer: wait=SECONDS` (RFC 7240), bounded; 0 without it."""
    raw = headers.get(b"prefer")
    found = None if raw is None else _WAIT.search(raw.decode("latin-1"))
    return 0.0 if found is None else min(float(found[1]), maximum)


def correlation_id(given: bytes | None) -> str:
    """The caller's `X-Request-ID` where it is harmless, else a new one."""
    if given is not None:
        text = given.decode("latin-1")
        if _REQUEST_ID.fullmatch(text) is not None:
            return text
    return random_hex(16)
