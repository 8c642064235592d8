"""Settlements: who delivered what to whom, for how much, and when."""

from typing import ClassVar, Final

from domain.clearing.trade import TradeSettled
from domain.settlement.transfer import TransferSettled
from projections.changes import Change, Handlers, Insert, Row, Table
from projections.instruction import instruction_id
from projections.recorded_event import RecordedEvent

SETTLEMENTS: Final = Table(
    "settlements",
    {
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "business_date": "date",
        "instruction_id": "uuid",
        "kind": "instruction_kind",
        "asset": "text",
        "quantity": "bigint",
        "deliverer_account_id": "text",
        "receiver_account_id": "text",
        "currency": "text",
        "consideration": "bigint",
    },
)


class SettlementsProjection:
    """See the module."""

    name: ClassVar[str] = "settlements"
    tables: ClassVar[tuple[Table, ...]] = (SETTLEMENTS,)

    def __init__(self) -> None:
        self._rows: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            TradeSettled: self._when_trade_settled,
            TransferSettled: self._when_transfer_settled,
        }

    def _when_trade_settled(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TradeSettled
        self._rows.append(
            (
                position,
                recorded_at,
                event.business_date,
                instruction_id(stream),
                "TRADE",
                event.instrument_id,
                event.quantity,
                event.seller_account_id,
                event.buyer_account_id,
                event.currency,
                event.consideration,
            )
        )

    def _when_transfer_settled(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TransferSettled
        self._rows.append(
            (
                position,
                recorded_at,
                event.business_date,
                instruction_id(stream),
                "TRANSFER",
                event.asset,
                event.amount,
                event.from_account_id,
                event.to_account_id,
                None,
                None,
            )
        )

    def changes(self) -> list[Change]:
        """A row for each settled obligation."""
        return [Insert(SETTLEMENTS, self._rows)]
