"""What became of a trade?"""

from typing import Final, LiteralString
from uuid import UUID

from queries.answer import Answer, Connection, Participants, fetch
from queries.trade_view import COLUMNS, PROJECTIONS, TRADES, TradeView, trade_view

_TRADE: Final[LiteralString] = f"""
    SELECT {COLUMNS}
    FROM {TRADES}
    WHERE t.trade_id = %(trade_id)s"""
_OWN: Final[LiteralString] = """
    AND (t.submitted_by = %(submitter)s OR EXISTS (
        SELECT FROM accounts WHERE account_id IN (t.buyer_account_id, t.seller_account_id)
                               AND participant_id = ANY(%(participants)s)))"""


async def trade_by_id(
    connection: Connection,
    trade_id: UUID,
    *,
    participants: Participants,
    submitter: str | None = None,
) -> Answer[TradeView | None]:
    """The trade, or None when there is none that may be seen.

    Besides the trades of `participants`' accounts, those are seen which `submitter` submitted.
    """
    statement: LiteralString = _TRADE if participants is None else _TRADE + _OWN
    rows, position = await fetch(
        connection,
        statement,
        PROJECTIONS,
        {
            "trade_id": trade_id,
            "participants": sorted(participants or ()),
            "submitter": submitter,
        },
    )
    return Answer(trade_view(rows[0]) if rows else None, position)
