"""Which accounts are there?"""

from typing import Any, Final, LiteralString

from domain.kernel.money import format_amount
from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    Page,
    Participants,
    View,
    check_limit,
    decode_cursor,
    fetch,
    page_of,
)

PROJECTIONS: Final = ("reference",)
_SELECT: Final[LiteralString] = """
    SELECT a.account_id, a.participant_id, a.clearing_member_id, a.kind, a.capture_policy,
           a.cash_limits, a.suspended, d.content, a.ledger_position
    FROM accounts a
    LEFT JOIN account_requests r ON r.request = a.cause
    LEFT JOIN documents d ON d.digest = r.reason_digest"""


class AccountView(View, frozen=True, kw_only=True):
    """An account as it is now.

    `cash_limits` says, per currency and as a decimal string, how far below zero its cash may go.
    """

    account_id: str
    participant_id: str
    clearing_member_id: str
    kind: str
    capture_policy: str
    cash_limits: dict[str, str]
    status: str
    status_reason: str | None
    ledger_position: int


async def account_by_id(
    connection: Connection, account_id: str, *, participants: Participants = None
) -> Answer[AccountView | None]:
    """The account, or None when there is none that may be seen."""
    found = await accounts(
        connection, participants=participants, account_id=account_id, limit=1, cursor=None
    )
    items = found.content.items
    return Answer(items[0] if items else None, found.ledger_position)


async def accounts(
    connection: Connection,
    *,
    participants: Participants = None,
    account_id: str | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[Page[AccountView]]:
    """Accounts by id, of all participants or of these only.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    after = decode_cursor(cursor, str)
    conditions: list[LiteralString] = ["a.account_id > %(after)s"]
    parameters: dict[str, Any] = {
        "limit": check_limit(limit) + 1,
        "after": after[0] if after else "",
    }
    if account_id is not None:
        conditions.append("a.account_id = %(account_id)s")
        parameters["account_id"] = account_id
    if participants is not None:
        conditions.append("a.participant_id = ANY(%(participants)s)")
        parameters["participants"] = sorted(participants)
    statement: LiteralString = (
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY a.account_id LIMIT %(limit)s"
    )
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [_view(row) for row in rows]
    return Answer(page_of(found, limit, lambda row: (row.account_id,)), position)


def _view(row: tuple[Any, ...]) -> AccountView:
    return AccountView(
        account_id=row[0],
        participant_id=row[1],
        clearing_member_id=row[2],
        kind=row[3],
        capture_policy=row[4],
        cash_limits={
            currency: format_amount(limit, currency) for currency, limit in row[5].items()
        },
        status="SUSPENDED" if row[6] else "ACTIVE",
        status_reason=row[7],
        ledger_position=row[8],
    )
