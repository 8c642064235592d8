"""Settlements: who delivered what to whom, for how much, and when."""

from typing import ClassVar, Final, LiteralString

from domain.clearing.trade import TradeSettled, TradeValidated
from domain.settlement.transfer import TransferSettled
from projections.changes import Change, Handlers, Insert, Merge, Row, Table
from projections.instruction import instruction_id
from projections.recorded_event import RecordedEvent

SETTLEMENTS: Final = Table(
    "settlements",
    {
        "instruction_id": "uuid",
        "ledger_position": "bigint",
        "recorded_at": "timestamptz",
        "business_date": "date",
        "kind": "instruction_kind",
        "asset": "text",
        "quantity": "bigint",
        "deliverer_account_id": "text",
        "receiver_account_id": "text",
        "currency": "text",
        "consideration": "bigint",
        "trade_date": "date",
        "settlement_date_intended": "date",
    },
    merged=True,
)
# Validated in one batch and settled in another, in either order: each fills in what it knows.
_MERGE: Final[LiteralString] = """
    INSERT INTO settlements AS known (
        instruction_id, ledger_position, recorded_at, business_date, kind, asset, quantity,
        deliverer_account_id, receiver_account_id, currency, consideration, trade_date,
        settlement_date_intended)
    SELECT * FROM incoming
    ON CONFLICT (instruction_id) DO UPDATE SET
        ledger_position = coalesce(excluded.ledger_position, known.ledger_position),
        recorded_at = coalesce(excluded.recorded_at, known.recorded_at),
        business_date = coalesce(excluded.business_date, known.business_date),
        kind = coalesce(excluded.kind, known.kind),
        asset = coalesce(excluded.asset, known.asset),
        quantity = coalesce(excluded.quantity, known.quantity),
        deliverer_account_id = coalesce(excluded.deliverer_account_id, known.deliverer_account_id),
        receiver_account_id = coalesce(excluded.receiver_account_id, known.receiver_account_id),
        currency = coalesce(excluded.currency, known.currency),
        consideration = coalesce(excluded.consideration, known.consideration),
        trade_date = coalesce(excluded.trade_date, known.trade_date),
        settlement_date_intended =
            coalesce(excluded.settlement_date_intended, known.settlement_date_intended)"""


class SettlementsProjection:
    """See the module."""

    name: ClassVar[str] = "settlements"
    tables: ClassVar[tuple[Table, ...]] = (SETTLEMENTS,)

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._validated: dict[str, TradeValidated] = {}
        self._settled: dict[str, RecordedEvent] = {}

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {
            TradeValidated: self._when_trade_validated,
            TradeSettled: self._when_trade_settled,
            TransferSettled: self._when_transfer_settled,
        }

    def _when_trade_validated(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is TradeValidated
        settled = self._settled.pop(recorded.stream, None)
        if settled is None:
            self._validated[recorded.stream] = event
        else:
            self._rows.append(_settled_row(settled, event))

    def _when_trade_settled(self, recorded: RecordedEvent) -> None:
        validated = self._validated.pop(recorded.stream, None)
        if validated is None:
            self._settled[recorded.stream] = recorded
        else:
            self._rows.append(_settled_row(recorded, validated))

    def _when_transfer_settled(self, recorded: RecordedEvent) -> None:
        position, recorded_at, stream, event, _ = recorded
        assert type(event) is TransferSettled
        self._rows.append(
            (
                instruction_id(stream),
                position,
                recorded_at,
                event.business_date,
                "TRANSFER",
                event.asset,
                event.amount,
                event.from_account_id,
                event.to_account_id,
                None,
                None,
                None,
                None,
            )
        )

    def changes(self) -> list[Change]:
        """Settled obligations; then those of which another batch has the other half."""
        halves = [_settled_row(recorded, None) for recorded in self._settled.values()]
        halves += [_validated_row(stream, event) for stream, event in self._validated.items()]
        return [Insert(SETTLEMENTS, self._rows), Merge(SETTLEMENTS, halves, _MERGE)]


def _settled_row(recorded: RecordedEvent, validated: TradeValidated | None) -> Row:
    position, recorded_at, stream, event, _ = recorded
    assert type(event) is TradeSettled
    return (
        instruction_id(stream),
        position,
        recorded_at,
        event.business_date,
        "TRADE",
        event.instrument_id,
        event.quantity,
        event.seller_account_id,
        event.buyer_account_id,
        event.currency,
        event.consideration,
        None if validated is None else validated.trade_date,
        None if validated is None else validated.settlement_date_intended,
    )


def _validated_row(stream: str, event: TradeValidated) -> Row:
    """All but its dates is left open: the settlement says it."""
    trade_id = instruction_id(stream)
    return (trade_id, *[None] * 10, event.trade_date, event.settlement_date_intended)
