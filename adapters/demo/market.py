"""A simulated trading day, the same for the same seed: sound trades and, by design, faulty ones."""

from collections import deque
from collections.abc import Iterator
from datetime import date
from math import isqrt
from random import Random
from typing import Final

from adapters.demo.brokers import market_accounts, scale_for
from adapters.demo.budget import Budget
from adapters.demo.facts import closes, day_before, instruments
from adapters.demo.faults import broken, plan
from adapters.demo.sampling import Lottery, PriceWalk
from adapters.demo.story import Fault, MarketTrade, StoryInstrument
from domain.ledger.account import AccountKind

DEFAULT_DAY: Final = date(2020, 1, 9)
_WEIGHT_OF_KIND: Final = {
    AccountKind.HOUSE: 5,
    AccountKind.OMNIBUS: 10,
    AccountKind.INDIVIDUAL: 1,
}
_SIZES: Final = Lottery(
    {1: 4, 5: 4, 10: 7, 25: 6, 50: 7}
    | {100: 420, 200: 130, 300: 75, 400: 40, 500: 60, 800: 18, 1000: 40}
    | {2000: 16, 5000: 9, 10_000: 3, 25_000: 1}
)
"""Shares in a trade: mostly one round lot, odd lots, and a long tail of blocks."""
_DEAR_IN_TICKS: Final = 100_000
"""Above 1,000 dollars people trade a tenth of the shares."""
_REMEMBERED: Final = 512
_ATTEMPTS: Final = 16


class OpeningBalancesExhaustedError(Exception):
    """No account can give what a trade needs: `opening_balances` are too small for the day."""


def simulate_day(seed: int, trades: int, day: date = DEFAULT_DAY) -> Iterator[MarketTrade]:
    """The trades of `day` as venues report them, faulty ones among them, in their order.

    Each instrument's prices walk from the close of the day before to the day's own close. Needs
    `reference_data()` and `opening_balances(trades)`; raises `ValueError` for a day without prices.
    """
    return _Day(seed, trades, day).trades()


class _Day:
    def __init__(self, seed: int, trades: int, day: date) -> None:
        self._random = Random(seed)  # noqa: S311 - a repeatable market, nothing secret
        self._day = day
        self._plan = plan(self._random, trades)
        self._opening, self._close = closes()[day_before(day)], closes()[day]
        accounts = market_accounts()
        self._accounts = Lottery({a.account_id: _WEIGHT_OF_KIND[a.kind] for a in accounts})
        ids = tuple(each.instrument_id for each in instruments())
        self._budget = Budget(accounts, ids, scale_for(trades))
        self._listed = self._draw_instruments()
        self._walks = self._draw_walks()
        self._recent: deque[MarketTrade] = deque(maxlen=_REMEMBERED)

    def trades(self) -> Iterator[MarketTrade]:
        for number, (fault, instrument) in enumerate(zip(self._plan, self._listed, strict=True), 1):
            if fault is None:
                trade = self._sound(
                    number, instrument, self._walks[instrument.instrument_id].move(self._random)
                )
                self._recent.append(trade)
                yield trade
            else:
                yield self._faulty(number, instrument, fault)

    def _draw_instruments(self) -> list[StoryInstrument]:
        """One for each trade, by the square root of the day's real turnover."""
        weights = {
            each.instrument_id: isqrt(
                int(self._close[each.instrument_id].price) * self._close[each.instrument_id].volume
            )
            for each in instruments()
        }
        lottery = Lottery(weights)
        by_id = {each.instrument_id: each for each in instruments()}
        return [by_id[lottery.draw(self._random)] for _ in self._plan]

    def _draw_walks(self) -> dict[str, PriceWalk]:
        moves = dict.fromkeys(self._close, 0)
        for fault, instrument in zip(self._plan, self._listed, strict=True):
            moves[instrument.instrument_id] += fault is None
        return {
            each.instrument_id: PriceWalk(
                opening=int(self._opening[each.instrument_id].price / each.tick_size),
                close=int(self._close[each.instrument_id].price / each.tick_size),
                moves=moves[each.instrument_id],
                root=isqrt(moves[each.instrument_id]),
            )
            for each in instruments()
        }

    def _sound(self, number: int, instrument: StoryInstrument, ticks: int) -> MarketTrade:
        quantity = self._quantity(ticks)
        seller = self._seller(instrument.instrument_id, quantity)
        buyer = self._buyer(seller, quantity * ticks)
        return MarketTrade(
            instrument_id=instrument.instrument_id,
            buyer_account_id=buyer,
            seller_account_id=seller,
            quantity=quantity,
            price=ticks * instrument.tick_size,
            currency=instrument.currency,
            trade_date=self._day,
            venue=instrument.mic,
            venue_trade_id=f"{instrument.mic}-{number:09d}",
        )

    def _faulty(self, number: int, instrument: StoryInstrument, fault: Fault) -> MarketTrade:
        """A fault in a trade that would have settled, at the instrument's last price."""
        if fault in (Fault.DUPLICATE, Fault.VENUE_TRADE_ID_REUSED):
            base = self._recent[self._random.getrandbits(32) % len(self._recent)]
        else:
            base = self._sound(number, instrument, self._walks[instrument.instrument_id].ticks)
        return broken(self._random, base, fault)

    def _quantity(self, ticks: int) -> int:
        quantity = _SIZES.draw(self._random)
        return quantity if ticks < _DEAR_IN_TICKS else max(1, quantity // 10)

    def _seller(self, instrument_id: str, quantity: int) -> str:
        for _ in range(_ATTEMPTS):
            account_id = self._accounts.draw(self._random)
            if self._budget.can_sell(account_id, instrument_id, quantity):
                self._budget.reserve_shares(account_id, instrument_id, quantity)
                return account_id
        raise OpeningBalancesExhaustedError(f"{quantity} of {instrument_id}")

    def _buyer(self, seller: str, cents: int) -> str:
        for _ in range(_ATTEMPTS):
            account_id = self._accounts.draw(self._random)
            if account_id != seller and self._budget.can_pay(account_id, cents):
                self._budget.reserve_cash(account_id, cents)
                return account_id
        raise OpeningBalancesExhaustedError(f"{cents} cents")
