"""The faults of the simulated market: how many of each, and what each does to a sound trade."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

import msgspec

from adapters.demo.brokers import (
    SUSPENDED,
    UNKNOWN_ACCOUNTS,
    UNKNOWN_INSTRUMENTS,
    WITHOUT_CASH,
    WITHOUT_SHARES,
)
from adapters.demo.story import EXPECTATION_OF, Fault, MarketTrade

PER_TEN_THOUSAND: Final = {
    Fault.OVERSELL: 80,
    Fault.OVERSPEND: 50,
    Fault.DUPLICATE: 60,
    Fault.VENUE_TRADE_ID_REUSED: 20,
    Fault.UNKNOWN_ACCOUNT: 30,
    Fault.UNKNOWN_INSTRUMENT: 20,
    Fault.SUSPENDED_ACCOUNT: 30,
    Fault.OFF_TICK: 30,
    Fault.WRONG_CURRENCY: 20,
    Fault.ILL_FORMED: 20,
}
"""How many of 10,000 trades have each fault: 3.6 % in all."""
_SOUND_AT_FIRST: Final = 64
"""Trades that come first, so that there is something to repeat."""


def faults_among(trades: int) -> dict[Fault, int]:
    """How many of each fault a day of `trades` has, exactly."""
    possible = trades if trades > _SOUND_AT_FIRST else 0
    return {fault: possible * share // 10_000 for fault, share in PER_TEN_THOUSAND.items()}


def plan(random: Random, trades: int) -> list[Fault | None]:
    """The fault of each trade of the day, None for a sound one."""
    faults = [fault for fault, count in faults_among(trades).items() for _ in range(count)]
    first = min(trades, _SOUND_AT_FIRST)
    rest: list[Fault | None] = [*faults, *[None] * (trades - first - len(faults))]
    random.shuffle(rest)
    return [*[None] * first, *rest]


def broken(random: Random, trade: MarketTrade, fault: Fault) -> MarketTrade:
    """`trade` with `fault`; its shares and cash were set aside, so that nothing else is wrong."""
    return msgspec.structs.replace(
        trade,
        fault=fault,
        expectation=EXPECTATION_OF[fault],
        **_CHANGES[fault](trade, random.getrandbits(16)),
    )


def _either_side(bits: int, account_ids: tuple[str, ...]) -> dict[str, object]:
    side = ("buyer_account_id", "seller_account_id")[bits & 1]
    return {side: account_ids[(bits >> 1) % len(account_ids)]}


_CHANGES: Final[dict[Fault, Callable[[MarketTrade, int], dict[str, object]]]] = {
    Fault.ILL_FORMED: lambda _trade, _bits: {"quantity": 0},
    Fault.DUPLICATE: lambda _trade, _bits: {},
    Fault.VENUE_TRADE_ID_REUSED: lambda trade, _bits: {"quantity": trade.quantity + 1},
    Fault.UNKNOWN_INSTRUMENT: lambda _trade, bits: {
        "instrument_id": UNKNOWN_INSTRUMENTS[bits % len(UNKNOWN_INSTRUMENTS)]
    },
    Fault.UNKNOWN_ACCOUNT: lambda _trade, bits: _either_side(bits, UNKNOWN_ACCOUNTS),
    Fault.SUSPENDED_ACCOUNT: lambda _trade, bits: _either_side(bits, SUSPENDED),
    Fault.WRONG_CURRENCY: lambda _trade, _bits: {"currency": "EUR"},
    Fault.OFF_TICK: lambda trade, _bits: {"price": trade.price + Decimal("0.005")},
    Fault.OVERSELL: lambda _trade, bits: {
        "seller_account_id": WITHOUT_SHARES[bits % len(WITHOUT_SHARES)]
    },
    Fault.OVERSPEND: lambda _trade, bits: {
        "buyer_account_id": WITHOUT_CASH[bits % len(WITHOUT_CASH)]
    },
}
"""What a fault changes in a sound trade; the second argument is sixteen random bits."""
