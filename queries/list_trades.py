"""Which trades are there, newest first?"""

from datetime import date
from typing import Any, Final, LiteralString

from domain.clearing.trade import TradeStatus
from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    Page,
    Participants,
    check_limit,
    decode_cursor,
    fetch,
    page_of,
)
from queries.trade_view import COLUMNS, PROJECTIONS, TRADES, TradeView, trade_view
from queries.visibility import accounts_in_question, newest_of_accounts


async def list_trades(
    connection: Connection,
    *,
    participants: Participants,
    account_id: str | None = None,
    instrument_id: str | None = None,
    status: TradeStatus | None = None,
    trade_date: date | None = None,
    submitted_by: str | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[Page[TradeView]]:
    """Trades that meet every filter that is given, in the order of submission, newest first.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    before = decode_cursor(cursor, int)
    parameters: dict[str, Any] = {
        "limit": check_limit(limit) + 1,
        "before": before[0] if before else None,
        "instrument_id": instrument_id,
        "trade_date": trade_date,
        "submitted_by": submitted_by,
    }
    select: LiteralString = f"""
        SELECT t.submitted_position
        FROM {TRADES}
        WHERE {_conditions(parameters, status)}"""
    accounts = accounts_in_question(participants, account_id)
    if accounts is None:
        positions: LiteralString = f"{select} ORDER BY t.submitted_position DESC LIMIT %(limit)s"
    else:
        parameters.update(accounts[1])
        positions = newest_of_accounts(
            accounts[0],
            select,
            ("t.buyer_account_id", "t.seller_account_id"),
            "t.submitted_position",
        )
    statement: LiteralString = f"""
        SELECT {COLUMNS}
        FROM ({positions}) newest(position)
        JOIN ({TRADES}) ON t.submitted_position = newest.position
        ORDER BY t.submitted_position DESC"""
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    trades = [trade_view(row) for row in rows]
    return Answer(page_of(trades, limit, lambda trade: (trade.submitted_position,)), position)


def _conditions(parameters: dict[str, Any], status: TradeStatus | None) -> LiteralString:
    """The filters that are given, and only those: each combination is planned on its own."""
    conditions: list[LiteralString] = ["true"]
    if parameters["before"] is not None:
        conditions.append("t.submitted_position < %(before)s")
    if parameters["instrument_id"] is not None:
        conditions.append("t.instrument_id = %(instrument_id)s")
    if parameters["submitted_by"] is not None:
        conditions.append("t.submitted_by = %(submitted_by)s")
    if parameters["trade_date"] is not None:
        conditions.append("coalesce(s.trade_date, t.trade_date) = %(trade_date)s")
    if status is not None:
        conditions.append(_OF_STATUS[status])
    return " AND ".join(conditions)


_OF_STATUS: Final[dict[TradeStatus, LiteralString]] = {
    TradeStatus.SUBMITTED: "s.ledger_position IS NULL AND r.ledger_position IS NULL",
    TradeStatus.SETTLED: "s.ledger_position IS NOT NULL",
    TradeStatus.REJECTED: "r.ledger_position IS NOT NULL",
}
