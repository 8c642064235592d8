"""Notifications: each participant in an instruction is told once what became of it."""

from typing import ClassVar, Final

from domain.clearing.trade import TradeRejected, TradeSettled
from domain.settlement.transfer import TransferRejected, TransferSettled
from projections.changes import Change, Handlers, Insert, Row, Table
from projections.instruction import instruction_id
from projections.recorded_event import RecordedEvent

NOTIFICATIONS: Final = Table(
    "notifications",
    {
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "instruction_id": "uuid",
        "kind": "instruction_kind",
        "outcome": "instruction_outcome",
        "participant_id": "text",
        "code": "text",
        "side": "text",
    },
)


class NotificationsProjection:
    """See the module."""

    name: ClassVar[str] = "notifications"
    tables: ClassVar[tuple[Table, ...]] = (NOTIFICATIONS,)

    def __init__(self) -> None:
        self._rows: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            TradeSettled: self._when_trade_settled,
            TradeRejected: self._when_trade_rejected,
            TransferSettled: self._when_transfer_settled,
            TransferRejected: self._when_transfer_rejected,
        }

    def _when_trade_settled(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is TradeSettled
        self._tell(
            recorded, "TRADE", "SETTLED", event.buyer_participant_id, event.seller_participant_id
        )

    def _when_trade_rejected(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is TradeRejected
        self._tell(
            recorded,
            "TRADE",
            "REJECTED",
            event.buyer_participant_id,
            event.seller_participant_id,
            (event.code, event.side),
        )

    def _when_transfer_settled(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is TransferSettled
        self._tell(
            recorded, "TRANSFER", "SETTLED", event.from_participant_id, event.to_participant_id
        )

    def _when_transfer_rejected(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is TransferRejected
        self._tell(
            recorded,
            "TRANSFER",
            "REJECTED",
            event.from_participant_id,
            event.to_participant_id,
            (event.code, event.side),
        )

    def _tell(
        self,
        recorded: RecordedEvent,
        kind: str,
        outcome: str,
        one: str | None,
        other: str | None,
        reason: tuple[str | None, str | None] = (None, None),
    ) -> None:
        fixed = (
            recorded.position,
            recorded.recorded_at,
            instruction_id(recorded.stream),
            kind,
            outcome,
        )
        if one is not None:
            self._rows.append((*fixed, one, *reason))
        if other is not None and other != one:
            self._rows.append((*fixed, other, *reason))

    def changes(self) -> list[Change]:
        """A row for each participant and outcome."""
        return [Insert(NOTIFICATIONS, self._rows)]
