"""Transfers: one row when submitted, another when rejected; neither is changed again."""

from typing import ClassVar, Final

from domain.settlement.transfer import TransferRejected, TransferSubmitted
from projections.changes import Change, Handlers, Insert, Row, Table
from projections.instruction import instruction_id
from projections.recorded_event import RecordedEvent

TRANSFERS: Final = Table(
    "transfers",
    {
        "transfer_id": "uuid",
        "submitted_position": "bigint",
        "submitted_at": "timestamptz",
        "amount": "bigint",
        "kind": "text",
        "asset": "text",
        "from_account_id": "text",
        "to_account_id": "text",
        "submitted_by": "text",
        "client_reference": "text",
    },
)
REJECTIONS: Final = Table(
    "transfer_rejections",
    {
        "transfer_id": "uuid",
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "business_date": "date",
        "code": "text",
        "side": "text",
    },
)


class TransfersProjection:
    """See the module."""

    name: ClassVar[str] = "transfers"
    tables: ClassVar[tuple[Table, ...]] = (TRANSFERS, REJECTIONS)

    def __init__(self) -> None:
        self._submitted: list[Row] = []
        self._rejected: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {TransferSubmitted: self._when_submitted, TransferRejected: self._when_rejected}

    def _when_submitted(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, actor = recorded
        assert type(event) is TransferSubmitted
        self._submitted.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.amount,
                event.kind,
                event.asset,
                event.from_account_id,
                event.to_account_id,
                actor,
                event.client_reference,
            )
        )

    def _when_rejected(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TransferRejected
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
        """New transfers and rejections."""
        return [Insert(TRANSFERS, self._submitted), Insert(REJECTIONS, self._rejected)]
