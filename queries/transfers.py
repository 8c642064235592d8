"""Which transfers are there, newest first, and what became of one?"""

from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from domain.kernel.currency import is_currency
from domain.kernel.money import format_amount
from domain.settlement.transfer import TransferStatus
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
from queries.trade_view import Rejection
from queries.visibility import accounts_in_question, newest_of_accounts

PROJECTIONS: Final = ("transfers", "settlements", "reference")
_COLUMNS: Final[LiteralString] = """
    t.submitted_position, t.transfer_id, t.submitted_at, t.kind, t.asset, t.amount,
    t.from_account_id, t.to_account_id, t.client_reference, t.submitted_by,
    coalesce(s.business_date, r.business_date) AS business_date, r.code, r.side,
    s.recorded_at AS settled_at, s.ledger_position AS settled_position,
    r.recorded_at AS rejected_at, r.ledger_position AS rejected_position"""
_FROM: Final[LiteralString] = """
    FROM transfers t
    LEFT JOIN settlements s ON s.instruction_id = t.transfer_id
    LEFT JOIN transfer_rejections r ON r.transfer_id = t.transfer_id"""


class TransferState(View, frozen=True, kw_only=True):
    """A status that the transfer reached: when the ledger recorded it, and where."""

    status: TransferStatus
    recorded_at: datetime
    ledger_position: int


class TransferView(View, frozen=True, kw_only=True):
    """A transfer, its status and how it came there.

    Of a security `quantity` is given, an integer; of cash `amount`, a decimal string in units of
    the currency `asset_id`. The other one is null.
    """

    transfer_id: UUID
    status: TransferStatus
    kind: str
    asset_id: str
    quantity: int | None
    amount: str | None
    from_account_id: str
    to_account_id: str
    reference: str | None
    submitted_by: str | None
    business_date: date | None
    rejection: Rejection | None
    history: list[TransferState]


async def transfer_by_id(
    connection: Connection,
    transfer_id: UUID,
    *,
    participants: Participants,
    submitter: str | None = None,
) -> Answer[TransferView | None]:
    """The transfer, or None when there is none that may be seen.

    Besides the transfers of `participants`' accounts, those are seen which `submitter` asked for.
    """
    statement: LiteralString = f"SELECT {_COLUMNS} {_FROM} WHERE t.transfer_id = %(transfer_id)s"
    if participants is not None:
        statement += """
            AND (t.submitted_by = %(submitter)s OR EXISTS (
                SELECT FROM accounts WHERE account_id IN (t.from_account_id, t.to_account_id)
                                       AND participant_id = ANY(%(participants)s)))"""
    parameters = {
        "transfer_id": transfer_id,
        "participants": sorted(participants or ()),
        "submitter": submitter,
    }
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    return Answer(_view(*rows[0]) if rows else None, position)


async def list_transfers(
    connection: Connection,
    *,
    participants: Participants,
    account_id: str | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[Page[TransferView]]:
    """Transfers of the account, or all that may be seen, in the order of submission, newest first.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    before = decode_cursor(cursor, int)
    parameters: dict[str, Any] = {"limit": check_limit(limit) + 1}
    select: LiteralString = f"SELECT {_COLUMNS} {_FROM} WHERE true"
    if before is not None:
        select += " AND t.submitted_position < %(before)s"
        parameters["before"] = before[0]
    accounts = accounts_in_question(participants, account_id)
    if accounts is None:
        statement: LiteralString = f"{select} ORDER BY t.submitted_position DESC LIMIT %(limit)s"
    else:
        parameters.update(accounts[1])
        statement = newest_of_accounts(
            accounts[0],
            select,
            ("t.from_account_id", "t.to_account_id"),
            "t.submitted_position",
        )
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [_view(*row) for row in rows]
    return Answer(
        page_of(found, limit, lambda transfer: (transfer.history[0].ledger_position,)), position
    )


def _view(
    submitted_position: int,
    transfer_id: UUID,
    submitted_at: datetime,
    kind: str,
    asset: str,
    amount: int,
    from_account_id: str,
    to_account_id: str,
    *rest: Any,
) -> TransferView:
    reference, submitted_by, business_date, code, side, *decided = rest
    settled_at, settled_position, rejected_at, rejected_position = decided
    cash = is_currency(asset)
    history = [
        TransferState(status=status, recorded_at=recorded_at, ledger_position=position)
        for status, recorded_at, position in (
            (TransferStatus.SUBMITTED, submitted_at, submitted_position),
            (TransferStatus.SETTLED, settled_at, settled_position),
            (TransferStatus.REJECTED, rejected_at, rejected_position),
        )
        if position is not None
    ]
    return TransferView(
        transfer_id=transfer_id,
        status=history[-1].status,
        kind=kind,
        asset_id=asset,
        quantity=None if cash else amount,
        amount=format_amount(amount, asset) if cash else None,
        from_account_id=from_account_id,
        to_account_id=to_account_id,
        reference=reference,
        submitted_by=submitted_by,
        business_date=business_date,
        rejection=Rejection(code=code, side=side) if code else None,
        history=history,
    )
