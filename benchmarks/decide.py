"""What one decision costs, beside reading its trade and writing its events as JSON.

    python -m benchmarks.decide

The numbers of a machine say little; the ratio to msgspec's decoding and encoding of the very same
events, taken in turns in the same run, says whether the rules are what costs.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

import msgspec

from domain.clearing.clear_trade import clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSettled, TradeSubmitted
from domain.ledger.account import AccountKind, AccountOpened, Movement, PositionUpdated
from domain.reference.business_day import BusinessDateOpened
from domain.reference.instrument import InstrumentListed, SettlementModel
from domain.reference.participant import ParticipantRegistered

ACCOUNTS, INSTRUMENTS, TRADES, ROUNDS = 1_000, 50, 5_000, 15
TODAY = date(2026, 1, 5)


def a_market() -> ClearingHouse:
    """Accounts with more than enough of everything."""
    house = ClearingHouse("us")
    house.evolve("us:day:US", BusinessDateOpened(business_date=TODAY))
    house.evolve("us:participant:P", ParticipantRegistered(name="P"))
    for number in range(INSTRUMENTS):
        listed = InstrumentListed(
            isin="US0378331005",
            name="A share",
            currency="USD",
            lot_size=1,
            tick_size=Decimal("0.01"),
            settlement_model=SettlementModel.GROSS,
            cycle_days=0,
            mic="XNAS",
        )
        house.evolve(f"us:instrument:I{number}", listed)
    assets = ["USD", *house.instruments]
    for number in range(ACCOUNTS):
        stream = f"us:account:ACC{number}"
        opened = AccountOpened(
            participant_id="P", clearing_member_id="P", kind=AccountKind.INDIVIDUAL
        )
        house.evolve(stream, opened)
        opening = PositionUpdated(
            cause="transfer:opening",
            business_date=TODAY,
            value_date=TODAY,
            movements=tuple(Movement(asset, 10**12, 10**12) for asset in assets),
        )
        house.evolve(stream, opening)
    return house


def some_trades(random: Random) -> list[tuple[str, TradeSubmitted]]:
    """Trades between random accounts at prices within ten dollars of one hundred."""
    trades = []
    for number in range(TRADES):
        buyer, seller = random.sample(range(ACCOUNTS), 2)
        trade = TradeSubmitted(
            instrument_id=f"I{random.randrange(INSTRUMENTS)}",
            buyer_account_id=f"ACC{buyer}",
            seller_account_id=f"ACC{seller}",
            quantity=random.randrange(1, 1_000),
            price=Decimal(random.randrange(9_000, 11_000)) / 100,
            currency="USD",
            trade_date=TODAY,
            venue="XNAS",
            venue_trade_id=f"T{number}",
        )
        trades.append((f"us:trade:{random.getrandbits(128):032x}", trade))
    return trades


class Works:
    """What is measured: each handles all the trades once."""

    def __init__(self) -> None:
        self.house, self.trades = a_market(), some_trades(Random(2026))
        self.stored = [msgspec.json.encode(trade) for _, trade in self.trades]
        self.decided = [clear_trade(self.house, stream, trade) for stream, trade in self.trades]
        assert all(isinstance(events[-1][1], TradeSettled) for events in self.decided)

    def decide(self) -> None:
        """Validate and settle, without the state following."""
        house = self.house
        for stream, trade in self.trades:
            clear_trade(house, stream, trade)

    def decide_and_fold(self) -> None:
        """The worker's inner loop: the next trade sees what this one did."""
        house = self.house
        for stream, trade in self.trades:
            for each, event in clear_trade(house, stream, trade):
                house.evolve(each, event)

    def decode(self) -> None:
        """Read the submitted trades."""
        decode = msgspec.json.Decoder(TradeSubmitted).decode
        for state in self.stored:
            decode(state)

    def encode(self) -> None:
        """Write the four events of each."""
        encode = msgspec.json.Encoder().encode
        for events in self.decided:
            for _, event in events:
                encode(event)


def microseconds(work: Callable[[], None]) -> float:
    """The processor time that `work` takes for one trade."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) / TRADES * 1e6


def main() -> None:
    """Run the works in turns and print their medians."""
    works = Works()
    each = (works.decide, works.decide_and_fold, works.decode, works.encode)
    taken = [[microseconds(work) for work in each] for _ in range(ROUNDS)]
    medians = [statistics.median(times) for times in zip(*taken, strict=True)]
    for work, median in zip(each, medians, strict=True):
        print(f"{work.__name__:<16} {median:6.2f} µs a trade (median of {ROUNDS})")
    decide, decide_and_fold, decode, encode = medians
    print(f"decide / (decode + encode)          {decide / (decode + encode):5.2f}")
    print(f"decide_and_fold / (decode + encode) {decide_and_fold / (decode + encode):5.2f}")


if __name__ == "__main__":
    main()
