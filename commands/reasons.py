"""Reasons: in people's own words, kept outside the log, which names them by digest."""

import hashlib

from commands.request_fields import Reason, Request


class ReasonRequest(Request, frozen=True, kw_only=True):
    """Why a standing changes."""

    reason: Reason


def reason_digest(reason: str) -> str:
    """SHA-256 of the text in UTF-8, hexadecimal: what the event holds."""
    return hashlib.sha256(reason.encode()).hexdigest()
