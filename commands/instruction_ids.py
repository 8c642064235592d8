"""Ids of instructions: from the caller's idempotency key where there is one, else random."""

import hashlib
import os
from typing import Final
from uuid import UUID

import msgspec

from commands.ports import IdempotencyKey

_NAMESPACE: Final = UUID("6f5c2a6e-3b0e-5d0a-9a53-0f8f3c1d2b47")
"""Of our own UUIDv5s (RFC 9562); never changed, or a retry would become a new instruction."""
_VERSION_AND_VARIANT_MASK: Final = ~((0xF << 76) | (0b11 << 62))
_VERSION_5: Final = (5 << 76) | (0b10 << 62)
_VERSION_4: Final = (4 << 76) | (0b10 << 62)


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
        noise = os.urandom(16 * count)
        return [_text(noise[start : start + 16], _VERSION_4) for start in range(0, 16 * count, 16)]
    name = hashlib.sha1(_NAMESPACE.bytes + _scoped(scope, key), usedforsecurity=False)
    ids = []
    for index in range(count):
        digest = name.copy()
        digest.update(b"%d" % index)
        ids.append(_text(digest.digest()[:16], _VERSION_5))
    return ids


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


def _text(octets: bytes, version: int) -> str:
    number = int.from_bytes(octets, "big") & _VERSION_AND_VARIANT_MASK | version
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
