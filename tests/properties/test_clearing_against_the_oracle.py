"""Any sequence of commands: the decisions agree with the oracle, and the invariants hold.

H1, H2, H5, H6, A2, A4 and A5 are names of rules of conservation and of delivery versus payment.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.clearing.clear_trade import clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeRejected, TradeSettled, TradeSubmitted, TradeValidated
from domain.event_types import EVENT_TYPES
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused
from domain.ledger import administration
from domain.ledger.account import AccountKind, PositionUpdated, open_account
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.reference import business_day, instrument, participant
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import (
    TransferKind,
    TransferRejected,
    TransferSettled,
    TransferSubmitted,
)
from tests.builders import (
    MONDAY,
    REASON,
    SEGMENT,
    a_listed_instrument,
    a_participant,
    an_opened_account,
    of,
)
from tests.properties.oracle import MEMBERS, SETTLED, Firm, Holder, Oracle, Security

FIRMS = ("HOUSE", "P1", "P2", "P3")
SECURITIES: dict[str, tuple[str, int, str, str | None]] = {
    "AAPL": ("USD", 1, "0.01", "ISS"),
    "TM": ("JPY", 10, "0.5", None),
    "BBK": ("BHD", 1, "0.0005", None),
}
ACCOUNTS: dict[str, tuple[str, AccountKind, dict[str, int]]] = {
    "BANK": ("HOUSE", AccountKind.BANK, {}),
    "ISS": ("HOUSE", AccountKind.ISSUER, {}),
    "ISS2": ("HOUSE", AccountKind.ISSUER, {}),
    "A1": ("P1", AccountKind.HOUSE, {"USD": 500_00, "JPY": 300}),
    "A2": ("P1", AccountKind.OMNIBUS, {}),
    "B1": ("P2", AccountKind.INDIVIDUAL, {}),
    "C1": ("P3", AccountKind.INDIVIDUAL, {"BHD": 1}),
}
MEMBER_ACCOUNTS = ("A1", "A2", "B1", "C1")
MEMBER_PAIRS = st.sampled_from([*permutations(MEMBER_ACCOUNTS, 2)])
ANY_ACCOUNT = st.sampled_from([*ACCOUNTS, "LATE", "NOBODY"])
INSTRUMENTS = st.sampled_from([*SECURITIES] * 3 + ["NONE"])
ASSETS = st.sampled_from([*SECURITIES, "USD", "EUR", "JPY", "BHD", "NONE"])
PRICES = st.sampled_from(["1", "0.01", "2.5", "10", "0.005", "0.0005", "0.0015", "99.99", "0"])
QUANTITIES = st.integers(-1, 60)
TRADE_DATES = st.one_of(
    st.none(), st.none(), st.integers(-2, 33).map(lambda age: MONDAY - timedelta(age))
)
ORDINARY_TRADES = st.tuples(
    MEMBER_PAIRS, st.sampled_from([*SECURITIES]), st.integers(1, 15), st.integers(1, 300)
)
SUSPEND = st.sampled_from([True, False, False])
ORDINARY_SIDES = {
    TransferKind.DEPOSIT: (("BANK", "ISS", "ISS2"), MEMBER_ACCOUNTS),
    TransferKind.WITHDRAWAL: (MEMBER_ACCOUNTS, ("BANK", "ISS", "ISS2")),
    TransferKind.TRANSFER: (MEMBER_ACCOUNTS, MEMBER_ACCOUNTS),
    TransferKind.ISSUANCE: (("ISS", "ISS2"), MEMBER_ACCOUNTS),
}


class ClearingMachine(RuleBasedStateMachine):
    """The domain and the oracle, given the same commands."""

    def __init__(self) -> None:
        super().__init__()
        self.house = ClearingHouse(SEGMENT)
        self.oracle = Oracle()
        self.log: list[tuple[str, Event]] = []

    @initialize()
    def a_market_opens(self) -> None:
        for firm in FIRMS:
            event = a_participant()
            self._record(of("participant", firm), participant.register(None, event))
            self.oracle.firms[firm] = Firm()
        for name, (currency, lot, tick, issuer) in SECURITIES.items():
            listed = a_listed_instrument(
                currency=currency, lot_size=lot, tick_size=Decimal(tick), issuer_account_id=issuer
            )
            events = instrument.list_instrument(name, None, listed)
            self._record(of("instrument", name), events)
            self.oracle.securities[name] = Security(currency, lot, Fraction(tick), issuer)
        for name, (firm, kind, limits) in ACCOUNTS.items():
            self._open_account(name, firm, kind, limits)
        self.open_the_next_day(1)
        for account in ("A1", "A2", "B1", "C1"):
            for currency, amount in (("USD", 2_000_00), ("JPY", 5_000), ("BHD", 900)):
                self.transfer(TransferKind.DEPOSIT, currency, amount, "BANK", account)
            for name in SECURITIES:
                self.transfer(TransferKind.ISSUANCE, name, 200, "ISS", account)

    def _open_account(
        self, name: str, firm: str, kind: AccountKind, limits: dict[str, int]
    ) -> None:
        event = an_opened_account(firm, kind=kind, cash_limits=limits)
        self._record(of("account", name), open_account(name, None, event))
        self.oracle.holders[name] = Holder(firm, kind.value, limits)

    def _record(self, stream: str, events: Sequence[Event]) -> None:
        for event in events:
            self.log.append((stream, event))
            self.house.evolve(stream, event)

    @rule(trades=st.lists(ORDINARY_TRADES, min_size=1, max_size=8))
    def ordinary_trades(self, trades: list[tuple[tuple[str, str], str, int, int]]) -> None:
        """On the instrument's grid, between two members: what most trades are."""
        for pair, name, lots, ticks in trades:
            _currency, lot, tick, _issuer = SECURITIES[name]
            self.trade(name, *pair, lots * lot, str(ticks * Decimal(tick)), None, None)

    @rule(
        kind=st.sampled_from(TransferKind),
        asset=ASSETS,
        amount=st.integers(1, 300),
        choices=st.tuples(st.integers(0, 11), st.integers(0, 11)),
    )
    def an_ordinary_transfer(
        self, kind: TransferKind, asset: str, amount: int, choices: tuple[int, int]
    ) -> None:
        """Between accounts of the kinds that the transfer asks for, or nearly."""
        sources, destinations = ORDINARY_SIDES[kind]
        source = sources[choices[0] % len(sources)]
        self.transfer(kind, asset, amount, source, destinations[choices[1] % len(destinations)])

    @rule(
        instrument_id=INSTRUMENTS,
        buyer=ANY_ACCOUNT,
        seller=ANY_ACCOUNT,
        quantity=QUANTITIES,
        price=PRICES,
        currency=st.sampled_from([None] * 6 + ["USD", "JPY", "EUR"]),
        trade_date=TRADE_DATES,
    )
    def trade(
        self,
        instrument_id: str,
        buyer: str,
        seller: str,
        quantity: int,
        price: str,
        currency: str | None,
        trade_date: date | None,
    ) -> None:
        submitted = TradeSubmitted(
            instrument_id=instrument_id,
            buyer_account_id=buyer,
            seller_account_id=seller,
            quantity=quantity,
            price=Decimal(price),
            currency=currency,
            trade_date=trade_date,
        )
        stream = of("trade", f"T{len(self.log)}")
        expected = self.oracle.trade(
            instrument_id, buyer, seller, quantity, Fraction(price), currency, trade_date
        )
        decided = clear_trade(self.house, stream, submitted)
        shape = [type(event) for _, event in decided]
        if expected == SETTLED:
            assert shape == [TradeValidated, PositionUpdated, PositionUpdated, TradeSettled]
        else:
            assert shape == [TradeRejected]
        self._check_and_record(stream, submitted, decided, expected)

    @rule(
        kind=st.sampled_from(TransferKind),
        asset=ASSETS,
        amount=st.integers(-1, 3_000),
        source=ANY_ACCOUNT,
        destination=ANY_ACCOUNT,
    )
    def transfer(
        self, kind: TransferKind, asset: str, amount: int, source: str, destination: str
    ) -> None:
        submitted = TransferSubmitted(
            kind=kind, asset=asset, amount=amount, from_account_id=source, to_account_id=destination
        )
        stream = of("transfer", f"T{len(self.log)}")
        expected = self.oracle.transfer(kind.value, asset, amount, source, destination)
        decided = settle_transfer(self.house, stream, submitted)
        shape = [type(event) for _, event in decided]
        if expected == SETTLED:
            assert shape == [PositionUpdated, PositionUpdated, TransferSettled]
        else:
            assert shape == [TransferRejected]
        self._check_and_record(stream, submitted, decided, expected)

    def _check_and_record(
        self, stream: str, submitted: Event, decided: list[tuple[str, Event]], expected: str
    ) -> None:
        """The outcome is the oracle's; a settled batch sums to zero, a rejection moves nothing."""
        last: Any = decided[-1][1]
        assert getattr(last, "code", SETTLED) == expected
        totals: Counter[str] = Counter()
        for _, event in decided:
            for movement in getattr(event, "movements", ()):
                totals[movement.asset] += movement.amount
        assert not any(totals.values()), "H1, H2: a batch sums to zero per asset"
        before = self._held()
        self._record(stream, [submitted])
        for each, event in decided:
            self._record(each, [event])
        if expected != SETTLED:
            assert self._held() == before, "A4: what fails leaves balances identical"

    @rule(firm=st.sampled_from(FIRMS), suspend=SUSPEND)
    def suspend_or_reinstate_a_participant(self, *, firm: str, suspend: bool) -> None:
        decide = participant.suspend if suspend else participant.reinstate
        self._record(of("participant", firm), decide(self.house.participants[firm], REASON))
        self.oracle.firms[firm].suspended = suspend

    @rule(account=st.sampled_from([*ACCOUNTS]), suspend=SUSPEND)
    def suspend_or_reinstate_an_account(self, *, account: str, suspend: bool) -> None:
        request = (AccountSuspensionRequested if suspend else AccountReinstatementRequested)(
            account_id=account, reason_digest=REASON
        )
        event = administration.decide(self.house.accounts[account], request, "administration:1")
        self._record(of("account", account), [] if event is None else [event])
        self.oracle.holders[account].suspended = suspend

    @rule(name=st.sampled_from([*SECURITIES]), suspend=SUSPEND)
    def suspend_or_reinstate_an_instrument(self, *, name: str, suspend: bool) -> None:
        decide = instrument.suspend if suspend else instrument.reinstate
        try:
            events = decide(self.house.instruments[name], REASON)
        except CommandRefused:
            assert self.oracle.securities[name].status == "DELISTED"
            return
        self._record(of("instrument", name), events)
        self.oracle.securities[name].status = "SUSPENDED" if suspend else "LISTED"

    @rule(dice=st.integers(1, 5), name=st.sampled_from(["TM", "BBK"]))
    def seldom_delist(self, dice: int, name: str) -> None:
        if dice == 1:
            events = instrument.delist(self.house.instruments[name], REASON)
            self._record(of("instrument", name), events)
            self.oracle.securities[name].status = "DELISTED"

    @rule(firm=st.sampled_from(["P1", "P2"]))
    def open_an_account_late(self, firm: str) -> None:
        if "LATE" not in self.oracle.holders:
            self._open_account("LATE", firm, AccountKind.INDIVIDUAL, {"USD": 10_000_00})

    @rule(dice=st.integers(1, 3))
    def seldom_close_the_day(self, dice: int) -> None:
        if dice > 1:
            return
        self._record(of("day", "US"), business_day.close_day(self.house.business_day))
        self.oracle.open = False

    @rule(days=st.integers(1, 4))
    def open_the_next_day(self, days: int) -> None:
        day = (self.oracle.today or MONDAY - timedelta(1)) + timedelta(days)
        if self.oracle.open or day.weekday() > 4:
            return
        self._record(of("day", "US"), business_day.open_day(self.house.business_day, day))
        self.oracle.today, self.oracle.open = day, True

    def _held(self) -> dict[tuple[str, str], int]:
        return {
            (account, asset): balance
            for account, held in self.house.book.holdings().items()
            for asset, balance in held.items()
            if balance
        }

    @invariant()
    def every_balance_is_the_oracles(self) -> None:
        assert self._held() == {key: held for key, held in self.oracle.balances.items() if held}

    @invariant()
    def every_asset_sums_to_zero_and_holders_have_what_was_issued(self) -> None:
        totals: Counter[str] = Counter()
        of_members: Counter[str] = Counter()
        for (account, asset), balance in self._held().items():
            totals[asset] += balance
            if self.house.accounts[account].is_member:
                of_members[asset] += balance
        assert not any(totals.values()), "H1, H2"
        issued = Counter(self.oracle.issued)
        assert {a: n for a, n in of_members.items() if n} == {a: n for a, n in issued.items() if n}

    @invariant()
    def no_member_is_below_zero_or_its_limit(self) -> None:
        for (account, asset), balance in self._held().items():
            holder = self.oracle.holders[account]
            if holder.kind in MEMBERS:
                assert balance >= -holder.limits.get(asset, 0), "H6, A5"

    def teardown(self) -> None:
        """Replay of the stored bytes from empty gives the live state."""
        names = {cls: name for name, cls in EVENT_TYPES.items()}
        replayed = ClearingHouse(SEGMENT)
        for stream, event in self.log:
            stored = msgspec.json.encode(event)
            cls = EVENT_TYPES[names[type(event)]]
            replayed.evolve(stream, msgspec.json.decode(stored, type=cls))
        for attribute in ("participants", "instruments", "accounts", "account_versions"):
            assert getattr(replayed, attribute) == getattr(self.house, attribute)
        assert replayed.business_day == self.house.business_day
        assert replayed.book.holdings() == self.house.book.holdings()


# How many runs is the profile's (`HYPOTHESIS_PROFILE=long` for many).
ClearingMachine.TestCase.settings = settings(stateful_step_count=60, deadline=None)
TestClearingAgainstTheOracle = ClearingMachine.TestCase
