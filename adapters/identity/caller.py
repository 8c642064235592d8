"""Whoever a verified token speaks for."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a caller may do; the realm's roles of the same names."""

    PARTICIPANT = "participant"
    VENUE = "venue"
    OPERATOR = "operator"
    RISK = "risk"
    AUDITOR = "auditor"


class Caller(msgspec.Struct, frozen=True):
    """Whoever a verified token speaks for.

    Attributes:
        subject: the issuer's id of the user or machine: opaque, lasting, fit for the ledger.
        username: for logs and screens, never for the ledger.
        participants: the ids of the participants whose accounts are the caller's own.
    """

    subject: str
    username: str
    roles: frozenset[Role]
    participants: frozenset[str]
