"""The tables of reference data, and what changes their rows."""

from typing import Final, LiteralString

from projections.changes import Table

PARTICIPANTS: Final = Table(
    "participants",
    {
        "participant_id": "text",
        "name": "text",
        "lei": "text",
        "bic": "text",
        "suspended": "boolean",
        "ledger_position": "bigint",
    },
)
INSTRUMENTS: Final = Table(
    "instruments",
    {
        "instrument_id": "text",
        "isin": "text",
        "name": "text",
        "currency": "text",
        "lot_size": "bigint",
        "tick_size": "numeric",
        "settlement_model": "text",
        "cycle_days": "integer",
        "mic": "text",
        "issuer_account_id": "text",
        "status": "text",
        "ledger_position": "bigint",
    },
)
ACCOUNTS: Final = Table(
    "accounts",
    {
        "account_id": "text",
        "participant_id": "text",
        "clearing_member_id": "text",
        "kind": "text",
        "capture_policy": "text",
        "cash_limits": "jsonb",
        "suspended": "boolean",
        "ledger_position": "bigint",
    },
)
ACCOUNT_REQUESTS: Final = Table(
    "account_requests",
    {
        "request": "text",
        "account_id": "text",
        "reason_digest": "text",
        "ledger_position": "bigint",
    },
)
BUSINESS_DAYS: Final = Table(
    "business_days",
    {
        "calendar": "text",
        "business_date": "date",
        "opened_position": "bigint",
        "opened_at": "timestamptz",
    },
)

AMEND_PARTICIPANT: Final[LiteralString] = """
    UPDATE participants SET suspended = %(suspended)s, reason_digest = %(reason_digest)s,
                            ledger_position = %(position)s
    WHERE participant_id = %(id)s"""
AMEND_INSTRUMENT: Final[LiteralString] = """
    UPDATE instruments SET status = %(status)s, reason_digest = %(reason_digest)s,
                           ledger_position = %(position)s
    WHERE instrument_id = %(id)s"""
AMEND_ACCOUNT: Final[LiteralString] = """
    UPDATE accounts SET suspended = %(suspended)s, cause = %(cause)s,
                        ledger_position = %(position)s
    WHERE account_id = %(id)s"""
CLOSE_BUSINESS_DAY: Final[LiteralString] = """
    UPDATE business_days SET closed_position = %(position)s, closed_at = %(recorded_at)s
    WHERE calendar = %(id)s AND business_date = %(business_date)s"""
