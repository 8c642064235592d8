"""Given what happened, when something is asked, then: these events, nothing, or rejected."""

from collections.abc import Callable, Sequence
from typing import Any

from domain.clearing.clear_trade import clear_trade
from domain.clearing.trade import TradeRejected, TradeSubmitted
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused, RejectionCode, Side
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import TransferRejected, TransferSubmitted
from tests.builders import a_clearing_house, of


class Outcome:
    """What was decided, to be compared with one of the three endings."""

    def __init__(self, decided: Sequence[Any], refused: CommandRefused | None = None) -> None:
        self.decided = decided
        self.refused = refused

    def then(self, *expected: Any) -> None:
        assert self.refused is None
        assert list(self.decided) == list(expected)

    def then_nothing(self) -> None:
        self.then()

    def then_rejected(self, code: RejectionCode | str, side: Side | None = None) -> None:
        if self.refused is not None:
            assert self.refused.code == code
            return
        ((_stream, rejected),) = self.decided
        assert isinstance(rejected, TradeRejected | TransferRejected)
        assert (rejected.code, rejected.side) == (code, side)


class given:  # noqa: N801 - reads as a sentence
    """The ledger before: events with their streams."""

    def __init__(self, *history: tuple[str, Event]) -> None:
        self.house = a_clearing_house(*history)

    def when(self, instruction: TradeSubmitted | TransferSubmitted) -> Outcome:
        if isinstance(instruction, TradeSubmitted):
            return Outcome(clear_trade(self.house, of("trade", "T1"), instruction))
        return Outcome(settle_transfer(self.house, of("transfer", "T1"), instruction))


def when(decide: Callable[..., Sequence[Event]], *arguments: Any) -> Outcome:
    """A command of one aggregate, decided on its state."""
    try:
        return Outcome(decide(*arguments))
    except CommandRefused as refused:
        return Outcome([], refused)
