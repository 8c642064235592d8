"""Whether the day adds up: counted and computed anew, apart from the ledger's own code."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from adapters.demo.facts import closes
from adapters.demo.faults import faults_among
from adapters.demo.run_client import Holding
from adapters.demo.run_day import Day
from adapters.demo.story import (
    DUPLICATE,
    EXPECTATION_OF,
    SETTLED,
    MarketTrade,
    OpeningBalance,
)


class OutcomeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many trades were to end in one way, and how many did."""

    outcome: str
    expected: int
    got: int


class ClosingPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The real close of an instrument, and the price of the last trade that settled; in USD."""

    instrument_id: str
    close: Decimal
    last: Decimal


class WrongHolding(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is not what the opening and the settled trades make."""

    account_id: str
    asset_id: str
    expected: Decimal
    got: Decimal


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was compared; `wrong_trades` names the first of them."""

    outcomes: list[OutcomeCount]
    wrong_trades: list[str]
    recorded_expected: int
    recorded: int
    closing_prices: list[ClosingPrice]
    wrong_holdings: list[WrongHolding]
    holdings_checked: int

    @property
    def add_up(self) -> bool:
        """Whether nothing differs."""
        return (
            all(each.expected == each.got for each in self.outcomes)
            and not self.wrong_trades
            and self.recorded == self.recorded_expected
            and all(each.close == each.last for each in self.closing_prices)
            and not self.wrong_holdings
        )


def check_day(
    trades: Sequence[MarketTrade], balances: Sequence[OpeningBalance], day: Day
) -> Findings:
    """Compare the day with what the story demands."""
    outcomes = outcomes_of(day)
    settled = [trade for trade, outcome in zip(trades, outcomes, strict=True) if outcome == SETTLED]
    not_recorded = sum(
        count
        for fault, count in faults_among(len(trades)).items()
        if EXPECTATION_OF[fault] in {"INVALID_QUANTITY", DUPLICATE, "VENUE_TRADE_ID_REUSED"}
    )
    return Findings(
        outcomes=_count(len(trades), outcomes),
        wrong_trades=[
            f"{trade.venue_trade_id}: {outcome} instead of {trade.expectation}"
            for trade, outcome in zip(trades, outcomes, strict=True)
            if outcome != trade.expectation
        ],
        recorded_expected=len(trades) - not_recorded,
        recorded=len(day.cleared),
        closing_prices=_closing_prices(settled),
        wrong_holdings=_wrong_holdings(_expected_holdings(balances, settled), day.holdings),
        holdings_checked=len(day.holdings),
    )


def outcomes_of(day: Day) -> list[str]:
    """How each trade ended: a code, `SETTLED`, or `DUPLICATE` for one that got an earlier's id."""
    seen: set[str] = set()
    outcomes = []
    for received in day.received:
        if received.trade_id is None:
            outcomes.append(received.code or "no answer")
        elif received.trade_id in seen:
            outcomes.append(DUPLICATE)
        else:
            seen.add(received.trade_id)
            cleared = day.cleared.get(received.trade_id)
            if cleared is None:
                outcomes.append("not in the read model")
            else:
                outcomes.append(cleared.rejection.code if cleared.rejection else cleared.status)
    return outcomes


def _count(trades: int, outcomes: Sequence[str]) -> list[OutcomeCount]:
    faults = faults_among(trades)
    expected = Counter({EXPECTATION_OF[fault]: count for fault, count in faults.items()})
    expected[SETTLED] = trades - sum(faults.values())
    got = Counter(outcomes)
    names = sorted(expected.keys() | got.keys(), key=lambda name: -expected[name])
    return [
        OutcomeCount(outcome=name, expected=expected[name], got=got[name])
        for name in names
        if expected[name] or got[name]
    ]


def _closing_prices(settled: Sequence[MarketTrade]) -> list[ClosingPrice]:
    last = {trade.instrument_id: trade.price for trade in settled}
    day = closes()[settled[0].trade_date] if settled else {}
    return [
        ClosingPrice(instrument_id=each, close=day[each].price, last=last[each])
        for each in sorted(last)
    ]


def _expected_holdings(
    balances: Sequence[OpeningBalance], settled: Sequence[MarketTrade]
) -> dict[tuple[str, str], Decimal]:
    holdings: dict[tuple[str, str], Decimal] = {}

    def move(account_id: str, asset_id: str, amount: Decimal) -> None:
        key = (account_id, asset_id)
        holdings[key] = holdings.get(key, Decimal(0)) + amount

    for each in balances:
        amount = Decimal(each.quantity or 0) if each.amount is None else each.amount
        move(each.from_account_id, each.asset_id, -amount)
        move(each.to_account_id, each.asset_id, amount)
    for trade in settled:
        quantity, cash = Decimal(trade.quantity), trade.quantity * trade.price
        move(trade.seller_account_id, trade.instrument_id, -quantity)
        move(trade.buyer_account_id, trade.instrument_id, quantity)
        move(trade.buyer_account_id, trade.currency, -cash)
        move(trade.seller_account_id, trade.currency, cash)
    return holdings


def _wrong_holdings(
    expected: dict[tuple[str, str], Decimal], holdings: Sequence[Holding]
) -> list[WrongHolding]:
    got = {(each.account_id, each.asset_id): Decimal(each.quantity) for each in holdings}
    nothing = Decimal(0)
    return [
        WrongHolding(
            account_id=account_id,
            asset_id=asset_id,
            expected=expected.get((account_id, asset_id), nothing),
            got=got.get((account_id, asset_id), nothing),
        )
        for account_id, asset_id in sorted(expected.keys() | got.keys())
        if expected.get((account_id, asset_id)) != got.get((account_id, asset_id))
    ]
