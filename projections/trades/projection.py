"""Trades: one row when submitted, another when rejected; neither is changed again."""

from typing import ClassVar, Final

from domain.clearing.trade import TradeRejected, TradeSubmitted
from projections.changes import Change, Handlers, Insert, Row, Table
from projections.instruction import instruction_id
from projections.recorded_event import RecordedEvent

TRADES: Final = Table(
    "trades",
    {
        "trade_id": "uuid",
        "submitted_position": "bigint",
        "submitted_at": "timestamptz",
        "quantity": "bigint",
        "price": "numeric",
        "instrument_id": "text",
        "buyer_account_id": "text",
        "seller_account_id": "text",
        "submitted_by": "text",
        "currency": "text",
        "trade_date": "date",
        "venue": "text",
        "venue_trade_id": "text",
        "executed_at": "timestamptz",
        "capacity": "text",
        "basis": "text",
        "settlement_date_intended": "date",
        "client_reference": "text",
        "unique_transaction_identifier": "text",
    },
)
REJECTIONS: Final = Table(
    "trade_rejections",
    {
        "trade_id": "uuid",
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "business_date": "date",
        "code": "text",
        "side": "text",
    },
)


class TradesProjection:
    """See the module."""

    name: ClassVar[str] = "trades"
    tables: ClassVar[tuple[Table, ...]] = (TRADES, REJECTIONS)

    def __init__(self) -> None:
        self._submitted: list[Row] = []
        self._rejected: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {TradeSubmitted: self._when_submitted, TradeRejected: self._when_rejected}

    def _when_submitted(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, actor = recorded
        assert type(event) is TradeSubmitted
        self._submitted.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.quantity,
                event.price,
                event.instrument_id,
                event.buyer_account_id,
                event.seller_account_id,
                actor,
                event.currency,
                event.trade_date,
                event.venue,
                event.venue_trade_id,
                event.executed_at,
                event.capacity,
                event.basis,
                event.settlement_date_intended,
                event.client_reference,
                event.unique_transaction_identifier,
            )
        )

    def _when_rejected(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TradeRejected
        self._rejected.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.business_date,
                event.code,
                event.side,
            )
        )

    def changes(self) -> list[Change]:
        """New trades and rejections."""
        return [Insert(TRADES, self._submitted), Insert(REJECTIONS, self._rejected)]
