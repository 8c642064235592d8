"""Transfers: one row when submitted, one when decided; neither is changed again."""

from typing import ClassVar, Final

from domain.settlement.transfer import TransferRejected, TransferSettled, TransferSubmitted
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
OUTCOMES: Final = Table(
    "transfer_outcomes",
    {
        "transfer_id": "uuid",
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "business_date": "date",
        "outcome": "instruction_outcome",
        "code": "text",
        "side": "text",
    },
)


class TransfersProjection:
    """See the module."""

    name: ClassVar[str] = "transfers"
    tables: ClassVar[tuple[Table, ...]] = (TRANSFERS, OUTCOMES)

    def __init__(self) -> None:
        self._submitted: list[Row] = []
        self._decided: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            TransferSubmitted: self._when_submitted,
            TransferSettled: self._when_settled,
            TransferRejected: self._when_rejected,
        }

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

    def _when_settled(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TransferSettled
        self._decided.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.business_date,
                "SETTLED",
                None,
                None,
            )
        )

    def _when_rejected(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TransferRejected
        self._decided.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.business_date,
                "REJECTED",
                event.code,
                event.side,
            )
        )

    def changes(self) -> list[Change]:
        """New transfers and decisions."""
        return [Insert(TRANSFERS, self._submitted), Insert(OUTCOMES, self._decided)]
