"""G1: commands that have nothing to do with each other may come in any order."""

from decimal import Decimal
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.clearing.clear_trade import clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSubmitted
from domain.kernel.event import Event
from tests.builders import (
    a_clearing_house,
    a_market,
    a_position,
    a_submitted_trade,
    an_opened_account,
    of,
)

PAIRS = 4


def _market() -> ClearingHouse:
    """Pairs of accounts that trade among themselves only, with little to sell and to spend."""
    house = a_clearing_house(*a_market())
    for pair in range(PAIRS):
        for side in ("BUYER", "SELLER"):
            account = f"{side}{pair}"
            house.evolve(of("account", account), an_opened_account("BROKER100"))
            stream, opening = a_position(account, ("AAPL", 50, 50), ("USD", 100_00, 100_00))
            house.evolve(stream, opening)
    return house


def _submitted(pair: int, quantity: int, price: int, *, reverse: bool) -> TradeSubmitted:
    sides = (f"BUYER{pair}", f"SELLER{pair}")
    buyer, seller = reversed(sides) if reverse else sides
    return a_submitted_trade(
        buyer_account_id=buyer, seller_account_id=seller, quantity=quantity, price=Decimal(price)
    )


TRADES = st.builds(
    _submitted,
    st.integers(0, PAIRS - 1),
    st.integers(1, 40),
    st.integers(1, 4),
    reverse=st.booleans(),
)


def _run(trades: list[tuple[str, TradeSubmitted]]) -> tuple[object, dict[str, bytes]]:
    """The final balances, and what became of each trade but for the balances on the way."""
    house, outcomes = _market(), {}
    for trade_id, trade in trades:
        decided: list[tuple[str, Event]] = clear_trade(house, of("trade", trade_id), trade)
        for stream, event in decided:
            house.evolve(stream, event)
        outcomes[trade_id] = msgspec.json.encode(decided[-1][1])
    return house.book.holdings(), outcomes


@given(st.lists(TRADES, max_size=30), st.randoms(use_true_random=False))
def test_independent_trades_end_the_same_in_any_order(
    trades: list[TradeSubmitted], random: Random
) -> None:
    numbered = [(f"T{number}", trade) for number, trade in enumerate(trades)]
    assert _run(_shuffled_between_pairs(numbered, random)) == _run(numbered)


def _shuffled_between_pairs(
    numbered: list[tuple[str, TradeSubmitted]], random: Random
) -> list[tuple[str, TradeSubmitted]]:
    """Another interleaving that keeps the order within each pair of accounts."""
    order = [trade.buyer_account_id[-1] for _, trade in numbered]
    random.shuffle(order)
    queues = {
        pair: iter([each for each in numbered if each[1].buyer_account_id[-1] == pair])
        for pair in set(order)
    }
    return [next(queues[pair]) for pair in order]
