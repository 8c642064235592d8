"""Which obligations were settled, newest first?"""

from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from domain.kernel.currency import is_currency
from domain.kernel.money import format_amount
from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    InvalidCursor,
    Page,
    Participants,
    View,
    check_limit,
    decode_cursor,
    fetch,
    page_of,
)
from queries.visibility import accounts_in_question, newest_of_accounts

PROJECTIONS: Final = ("settlements", "reference")


class SettlementView(View, frozen=True, kw_only=True):
    """A settled obligation of a trade or transfer.

    `quantity` of a security is an integer, of cash a decimal string in units of the currency
    `asset_id`. `consideration` was paid the other way, in units of `currency`; null for a transfer.
    """

    instruction_id: UUID
    kind: str
    asset_id: str
    quantity: int | str
    deliverer_account_id: str
    receiver_account_id: str
    consideration: str | None
    currency: str | None
    trade_date: date | None
    settlement_date_intended: date | None
    settled_on: date
    recorded_at: datetime
    ledger_position: int


_COLUMNS: Final[LiteralString] = """
    s.ledger_position, s.instruction_id, s.kind::text AS kind, s.asset, s.quantity,
    s.deliverer_account_id, s.receiver_account_id, s.consideration, s.currency, s.business_date,
    s.recorded_at, s.trade_date, s.settlement_date_intended"""


async def settlements(
    connection: Connection,
    *,
    participants: Participants,
    account_id: str | None = None,
    settled_on: date | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[Page[SettlementView]]:
    """Settled obligations that meet every filter that is given; `settled_on` is a business date.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    before = decode_cursor(cursor, str, int)
    conditions: list[LiteralString] = ["s.ledger_position IS NOT NULL"]
    parameters: dict[str, Any] = {"limit": check_limit(limit) + 1}
    if before is not None:
        parameters["before_date"], parameters["before"] = _date(before[0]), before[1]
        conditions.append(
            "(s.business_date, s.ledger_position) < (%(before_date)s, %(before)s)"
            " AND s.ledger_position < %(before)s"
        )
    if settled_on is not None:
        conditions.append("s.business_date = %(settled_on)s")
        parameters["settled_on"] = settled_on
    select: LiteralString = f"SELECT {_COLUMNS} FROM settlements s WHERE {' AND '.join(conditions)}"
    accounts = accounts_in_question(participants, account_id)
    if accounts is None:
        # Business dates only go forward, so the order of this index is that of positions.
        statement: LiteralString = (
            f"{select} ORDER BY s.business_date DESC, s.ledger_position DESC LIMIT %(limit)s"
        )
    else:
        parameters.update(accounts[1])
        statement = newest_of_accounts(
            accounts[0],
            select,
            ("s.deliverer_account_id", "s.receiver_account_id"),
            "s.ledger_position",
        )
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [_view(*row) for row in rows]
    return Answer(page_of(found, limit, _key), position)


def _key(row: SettlementView) -> tuple[int | str, ...]:
    return row.settled_on.isoformat(), row.ledger_position


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidCursor("the cursor is not one of this list") from error


def _view(
    position: int,
    instruction_id: UUID,
    kind: str,
    asset: str,
    quantity: int,
    deliverer: str,
    receiver: str,
    consideration: int | None,
    currency: str | None,
    settled_on: date,
    recorded_at: datetime,
    trade_date: date | None,
    settlement_date_intended: date | None,
) -> SettlementView:
    return SettlementView(
        instruction_id=instruction_id,
        kind=kind,
        asset_id=asset,
        quantity=format_amount(quantity, asset) if is_currency(asset) else quantity,
        deliverer_account_id=deliverer,
        receiver_account_id=receiver,
        consideration=None
        if consideration is None or currency is None
        else format_amount(consideration, currency),
        currency=currency,
        trade_date=trade_date,
        settlement_date_intended=settlement_date_intended,
        settled_on=settled_on,
        recorded_at=recorded_at,
        ledger_position=position,
    )
