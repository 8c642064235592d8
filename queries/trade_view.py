"""A trade as clients see it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID

from domain.clearing.trade import TradeStatus
from domain.kernel.money import format_amount
from queries.answer import View

PROJECTIONS: Final = ("trades", "settlements", "reference")
COLUMNS: Final[LiteralString] = """
    t.submitted_position, t.trade_id, t.submitted_at, t.instrument_id, t.buyer_account_id,
    t.seller_account_id, t.quantity, t.price, coalesce(s.currency, t.currency) AS currency,
    s.consideration, coalesce(s.trade_date, t.trade_date) AS trade_date,
    coalesce(s.settlement_date_intended, t.settlement_date_intended) AS settlement_date_intended,
    coalesce(s.business_date, r.business_date) AS business_date, t.venue, t.venue_trade_id,
    t.executed_at, t.capacity, t.basis, t.client_reference, t.unique_transaction_identifier,
    t.submitted_by, r.code, r.side, s.recorded_at AS settled_at,
    s.ledger_position AS settled_position, r.recorded_at AS rejected_at,
    r.ledger_position AS rejected_position"""
TRADES: Final[LiteralString] = """
    trades t
    LEFT JOIN settlements s ON s.instruction_id = t.trade_id
    LEFT JOIN trade_rejections r ON r.trade_id = t.trade_id"""


class TradeState(View, frozen=True, kw_only=True):
    """A status that the trade reached: when the ledger recorded it, and where."""

    status: TradeStatus
    recorded_at: datetime
    ledger_position: int


class Rejection(View, frozen=True, kw_only=True):
    """Why the ledger refused: a stable code, and the side it speaks of where there is one."""

    code: str
    side: str | None


class TradeView(View, frozen=True, kw_only=True):
    """A trade, its status and how it came there.

    `price` and `consideration` are decimal strings in units of `currency`. `consideration` is null
    until the trade is settled, `business_date` until it is decided.
    """

    trade_id: UUID
    status: TradeStatus
    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    quantity: int
    price: str
    currency: str | None
    consideration: str | None
    trade_date: date | None
    settlement_date_intended: date | None
    business_date: date | None
    venue: str | None
    venue_trade_id: str | None
    executed_at: datetime | None
    capacity: str | None
    basis: str | None
    client_reference: str | None
    unique_transaction_identifier: str | None
    submitted_by: str | None
    rejection: Rejection | None
    history: list[TradeState]

    @property
    def submitted_position(self) -> int:
        """The ledger position of the submission, by which trades are listed."""
        return self.history[0].ledger_position


def trade_view(row: tuple[Any, ...]) -> TradeView:
    """The view of a row: `COLUMNS` of `TRADES`."""
    code, side, settled_at, settled_position, rejected_at, rejected_position = row[21:27]
    history = [
        TradeState(status=status, recorded_at=recorded_at, ledger_position=position)
        for status, recorded_at, position in (
            (TradeStatus.SUBMITTED, row[2], row[0]),
            (TradeStatus.SETTLED, settled_at, settled_position),
            (TradeStatus.REJECTED, rejected_at, rejected_position),
        )
        if position is not None
    ]
    price: Decimal = row[7]
    currency, consideration = row[8], row[9]
    return TradeView(
        trade_id=row[1],
        status=history[-1].status,
        instrument_id=row[3],
        buyer_account_id=row[4],
        seller_account_id=row[5],
        quantity=row[6],
        price=format(price, "f"),
        currency=currency,
        consideration=None if consideration is None else format_amount(consideration, currency),
        trade_date=row[10],
        settlement_date_intended=row[11],
        business_date=row[12],
        venue=row[13],
        venue_trade_id=row[14],
        executed_at=row[15],
        capacity=row[16],
        basis=row[17],
        client_reference=row[18],
        unique_transaction_identifier=row[19],
        submitted_by=row[20],
        rejection=Rejection(code=code, side=side) if code else None,
        history=history,
    )
