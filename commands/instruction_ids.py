"""Ids of instructions: from the caller's idempotency key where there is one, else of their own."""

import hashlib
import time
from typing import Final
from uuid import UUID

import msgspec

from commands.ports import IdempotencyKey
from commands.randomness import random_hex

_NAMESPACE: Final = UUID("6f5c2a6e-3b0e-5d0a-9a53-0f8f3c1d2b47")
"""Of our own UUIDv5s (RFC 9562); never changed, or a retry would become a new instruction."""
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit in which a UUID says its variant (RFC 9562 §4.1), from a random one."""


class KeyScope(msgspec.Struct, frozen=True, kw_only=True):
    """Within what an idempotency key means one thing."""

    segment: str
    caller: str
    route: str


def instruction_ids(scope: KeyScope, key: str | None, count: int) -> list[str]:
    """The ids of a request's `count` instructions, as UUID texts.

    With a key each is the UUIDv5 of (segment, caller, route, key, index): the same request sent
    again gets the same ids, and so meets the streams that it made the first time.
    """
    if key is None:
        return _random_ids(count)
    name = hashlib.sha1(_NAMESPACE.bytes + _scoped(scope, key), usedforsecurity=False)
    ids = []
    for index in range(count):
        digest = name.copy()
        digest.update(b"%d" % index)
        ids.append(_text(digest.hexdigest(), "5"))
    return ids


def _random_ids(count: int) -> list[str]:
    """UUIDv7s (RFC 9562): the milliseconds first, then randomness.

    Neighbours in time are neighbours in the indexes of the log and of the read models, which so
    grow at one end; wholly random ids would touch a page of each index for every row.
    """
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    noise = random_hex(10 * count)
    return [
        _text(milliseconds + noise[start : start + 20], "7") for start in range(0, 20 * count, 20)
    ]


def administrative_key(scope: KeyScope, key: str | None, payload: object) -> IdempotencyKey | None:
    """The key of an administrative command, with the fingerprint of what it was used for."""
    if key is None:
        return None
    return IdempotencyKey(
        key=UUID(instruction_ids(scope, key, 1)[0]),
        fingerprint=hashlib.sha256(msgspec.json.encode(payload)).digest(),
    )


def _scoped(scope: KeyScope, key: str) -> bytes:
    """The parts as JSON strings, so that no two lists of parts give the same bytes."""
    return b"".join(
        msgspec.json.encode(part) for part in (scope.segment, scope.caller, scope.route, key)
    )


def _text(digits: str, version: str) -> str:
    """A UUID from 32 hexadecimal digits; slices are several times faster than `uuid.UUID`."""
    variant = _VARIANT[digits[16]]
    return (
        f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}"
        f"-{variant}{digits[17:20]}-{digits[20:32]}"
    )
