"""Positions: the balance after the last movement, written once a batch."""

from typing import ClassVar, Final, LiteralString

from domain.kernel.streams import identifier_of
from domain.ledger.account import PositionUpdated
from projections.changes import Change, Handlers, Merge, Table
from projections.recorded_event import RecordedEvent

POSITIONS: Final = Table(
    "positions",
    {"account_id": "text", "asset": "text", "quantity": "bigint", "ledger_position": "bigint"},
    merged=True,
)
_MERGE: Final[LiteralString] = """
    INSERT INTO positions AS known (account_id, asset, quantity, ledger_position)
    SELECT account_id, asset, quantity, ledger_position FROM incoming
    ON CONFLICT (account_id, asset) DO UPDATE
    SET quantity = excluded.quantity, ledger_position = excluded.ledger_position
    WHERE known.ledger_position < excluded.ledger_position"""


class PositionsProjection:
    """See the module."""

    name: ClassVar[str] = "positions"
    tables: ClassVar[tuple[Table, ...]] = (POSITIONS,)

    def __init__(self) -> None:
        self._latest: dict[tuple[str, str], tuple[int, int]] = {}

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event."""
        return {PositionUpdated: self._when_updated}

    def _when_updated(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        assert type(event) is PositionUpdated
        account_id = identifier_of(recorded.stream)
        for movement in event.movements:
            self._latest[account_id, movement.asset] = (movement.balance, recorded.position)

    def changes(self) -> list[Change]:
        """One row for each account and asset that moved."""
        rows = [(*key, *latest) for key, latest in self._latest.items()]
        return [Merge(POSITIONS, rows, _MERGE)]
