"""Trades: one row when submitted, one when decided; neither is changed again."""

from typing import ClassVar, Final, LiteralString

from domain.clearing.trade import TradeRejected, TradeSettled, TradeSubmitted, TradeValidated
from projections.changes import Change, Handlers, Insert, Merge, Row, Table
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
OUTCOMES: Final = Table(
    "trade_outcomes",
    {
        "trade_id": "uuid",
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "outcome": "instruction_outcome",
        "code": "text",
        "side": "text",
        "business_date": "date",
        "currency": "text",
        "consideration": "bigint",
        "trade_date": "date",
        "settlement_date_intended": "date",
    },
)
# Validated in one batch and settled in another, in either order.
_MERGE: Final[LiteralString] = """
    INSERT INTO trade_outcomes AS known SELECT * FROM incoming
    ON CONFLICT (trade_id) DO UPDATE SET
        ledger_position = coalesce(excluded.ledger_position, known.ledger_position),
        recorded_at = coalesce(excluded.recorded_at, known.recorded_at),
        outcome = coalesce(excluded.outcome, known.outcome),
        trade_date = coalesce(excluded.trade_date, known.trade_date),
        settlement_date_intended =
            coalesce(excluded.settlement_date_intended, known.settlement_date_intended)"""


class TradesProjection:
    """See the module."""

    name: ClassVar[str] = "trades"
    tables: ClassVar[tuple[Table, ...]] = (TRADES, OUTCOMES)

    def __init__(self) -> None:
        self._submitted: list[Row] = []
        self._decided: list[Row] = []
        self._validated: dict[str, TradeValidated] = {}
        self._settled: dict[str, RecordedEvent] = {}

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            TradeSubmitted: self._when_submitted,
            TradeValidated: self._when_validated,
            TradeSettled: self._when_settled,
            TradeRejected: self._when_rejected,
        }

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

    def _when_validated(self, recorded: RecordedEvent) -> None:
        assert type(recorded.event) is TradeValidated
        self._validated[recorded.stream] = recorded.event

    def _when_settled(self, recorded: RecordedEvent) -> None:
        validated = self._validated.pop(recorded.stream, None)
        if validated is None:
            self._settled[recorded.stream] = recorded
        else:
            self._decided.append(_settled_row(recorded, validated))

    def _when_rejected(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TradeRejected
        self._decided.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                "REJECTED",
                event.code,
                event.side,
                event.business_date,
                None,
                None,
                None,
                None,
            )
        )

    def changes(self) -> list[Change]:
        """New trades and decisions; then those of which another batch has the other half."""
        halves = [_settled_row(recorded, None) for recorded in self._settled.values()]
        halves += [_validated_row(stream, event) for stream, event in self._validated.items()]
        return [
            Insert(TRADES, self._submitted),
            Insert(OUTCOMES, self._decided),
            Merge(OUTCOMES, halves, _MERGE),
        ]


def _settled_row(recorded: RecordedEvent, validated: TradeValidated | None) -> Row:
    position, recorded_at, stream, event, _ = recorded
    assert type(event) is TradeSettled
    return (
        instruction_id(stream),
        position,
        recorded_at,
        "SETTLED",
        None,
        None,
        event.business_date,
        event.currency,
        event.consideration,
        None if validated is None else validated.trade_date,
        None if validated is None else validated.settlement_date_intended,
    )


def _validated_row(stream: str, event: TradeValidated) -> Row:
    return (
        instruction_id(stream),
        None,
        None,
        None,
        None,
        None,
        event.business_date,
        event.currency,
        event.consideration,
        event.trade_date,
        event.settlement_date_intended,
    )
