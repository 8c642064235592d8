"""Postings: every movement with the balance after it, inserted once."""

from typing import ClassVar, Final

from domain.kernel.streams import identifier_of
from domain.ledger.account import PositionUpdated
from projections.changes import Change, Handlers, Insert, Row, Table
from projections.instruction import instruction_id, kind_of_cause
from projections.recorded_event import RecordedEvent

POSTINGS: Final = Table(
    "postings",
    {
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "amount": "bigint",
        "balance": "bigint",
        "cause_id": "uuid",
        "cause_kind": "instruction_kind",
        "business_date": "date",
        "value_date": "date",
        "account_id": "text",
        "asset": "text",
    },
)


class PostingsProjection:
    """See the module."""

    name: ClassVar[str] = "postings"
    tables: ClassVar[tuple[Table, ...]] = (POSTINGS,)

    def __init__(self) -> None:
        self._rows: list[Row] = []

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {PositionUpdated: self._when_updated}

    def _when_updated(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is PositionUpdated
        account_id = identifier_of(stream)
        cause_id = instruction_id(event.cause)
        cause_kind = kind_of_cause(event.cause)
        for movement in event.movements:
            self._rows.append(
                (
                    position,
                    recorded_at,
                    movement.amount,
                    movement.balance,
                    cause_id,
                    cause_kind,
                    event.business_date,
                    event.value_date,
                    account_id,
                    movement.asset,
                )
            )

    def changes(self) -> list[Change]:
        """A row for each movement."""
        return [Insert(POSTINGS, self._rows)]
