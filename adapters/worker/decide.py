"""From a page of instructions to the rows that decide them."""

from collections.abc import Sequence
from typing import Final

from adapters.ledger.codec import TOPICS, decode_at, decode_event, encode_state
from adapters.ledger.reader import StoredRow
from adapters.ledger.rows import LogRow
from adapters.observability.metrics import DECISIONS, REJECTIONS
from domain.clearing.clear_trade import Decision, clear_trade
from domain.clearing.house import REFERENCE_EVENTS, ClearingHouse
from domain.clearing.trade import TradeRejected, TradeSubmitted
from domain.kernel.event import Event
from domain.ledger import administration
from domain.ledger.account import AccountReinstated, AccountSuspended, PositionUpdated
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import TransferRejected, TransferSubmitted

INSTRUCTIONS: Final[tuple[type[Event], ...]] = (
    TradeSubmitted,
    TransferSubmitted,
    AccountSuspensionRequested,
    AccountReinstatementRequested,
)
"""What the clearing worker decides."""
OUTPUTS: Final[tuple[type[Event], ...]] = (PositionUpdated, AccountSuspended, AccountReinstated)
"""What it writes that changes its own state."""

INPUT_TOPICS: Final = tuple(TOPICS[cls] for cls in (*INSTRUCTIONS, *REFERENCE_EVENTS))
OUTPUT_TOPICS: Final = frozenset(TOPICS[cls] for cls in OUTPUTS)


class DecidedPage:
    """The rows that a page led to, and whether it held instructions at all."""

    __slots__ = ("instructions", "rows")

    def __init__(self) -> None:
        self.rows: list[LogRow] = []
        self.instructions = 0


def decide_page(house: ClearingHouse, page: Sequence[StoredRow]) -> DecidedPage:
    """Decide in log order; `house` is changed as if the rows were already in the ledger.

    A decision at position S sees the reference data up to S. Raises what reading an event raises:
    a page that cannot be read in full is not decided in part.
    """
    decided = DecidedPage()
    for position, stream, topic, state in page:
        event = decode_at(position, topic, state)
        if isinstance(event, TradeSubmitted):
            decision = clear_trade(house, stream, event)
        elif isinstance(event, TransferSubmitted):
            decision = settle_transfer(house, stream, event)
        elif isinstance(event, (AccountSuspensionRequested, AccountReinstatementRequested)):
            decision = _administer(house, stream, event)
        else:
            house.evolve(stream, event)
            continue
        decided.instructions += 1
        _record(house, stream, position, decision, decided.rows)
    return decided


def _administer(
    house: ClearingHouse, stream: str, request: administration.AdministrationEvent
) -> Decision:
    account = house.accounts.get(request.account_id)
    if account is None:
        return []
    event = administration.decide(account, request, stream.partition(":")[2])
    return [] if event is None else [(house.account_stream(request.account_id), event)]


def _record(
    house: ClearingHouse, stream: str, position: int, decision: Decision, rows: list[LogRow]
) -> None:
    """Number the events within their streams, and fold them in.

    An instruction's own stream holds one event so far, the instruction.
    """
    version = 1
    append = rows.append
    for target, event in decision:
        kind = type(event)
        if target == stream:
            version += 1
            number = version
        else:
            number = house.evolve_account(target, event)
        append(LogRow(target, number, TOPICS[kind], encode_state(event), position))


def count(rows: Sequence[LogRow]) -> None:
    """Count the decisions of committed rows by how they ended; rejections by code."""
    endings: dict[str, int] = {}
    for row in rows:
        endings[row.topic] = endings.get(row.topic, 0) + 1
        if row.topic in _REJECTED:
            event = decode_event(row.topic, row.state)
            assert isinstance(event, (TradeRejected, TransferRejected))
            REJECTIONS.labels(event.code.value).inc()
    for topic, number in endings.items():
        DECISIONS.labels(topic).inc(number)


_REJECTED: Final = (TOPICS[TradeRejected], TOPICS[TransferRejected])
