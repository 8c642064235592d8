"""The invented brokers of the demonstration: accounts, and what each holds at the opening.

The development set is part of it. Its accounts do not trade in the simulated market.
"""

from decimal import Decimal
from functools import cache

from adapters.demo.development import (
    cash_deposit,
    development_opening_balances,
    development_reference_data,
    house_accounts,
    issuance,
)
from adapters.demo.facts import instruments
from adapters.demo.story import (
    OpeningBalance,
    ReferenceData,
    StoryAccount,
    StoryInstrument,
    StoryParticipant,
)
from domain.ledger.account import AccountKind

BROKERS = tuple(
    StoryParticipant(participant_id=broker_id, name=f"{name} (invented)", lei=lei)
    for broker_id, name, lei in (
        ("HARBOUR", "Harbour Street Securities", "000000DEVHARBOURST41"),
        ("MERIDIAN", "Meridian Clearing", "000000DEVMERIDIANX31"),
        ("NORTHGATE", "Northgate Brokerage", "000000DEVNORTHGATE02"),
        ("OAKRIDGE", "Oakridge Markets", "000000DEVOAKRIDGEX04"),
        ("PACIFICA", "Pacifica Execution", "000000DEVPACIFICAX93"),
        ("TIDEWATER", "Tidewater Capital", "000000DEVTIDEWATER84"),
        ("WESTFIELD", "Westfield Prime", "000000DEVWESTFIELD59"),
    )
)
_KIND_BY_SUFFIX = {
    "HOUSE": AccountKind.HOUSE,
    "CLIENTS-A": AccountKind.OMNIBUS,
    "CLIENTS-B": AccountKind.OMNIBUS,
    "C001": AccountKind.INDIVIDUAL,
    "C002": AccountKind.INDIVIDUAL,
    "C003": AccountKind.INDIVIDUAL,
}
WITHOUT_SHARES = ("HARBOUR.C901", "OAKRIDGE.C901")
"""Accounts that have cash and never buy: whatever they sell, they do not have."""
WITHOUT_CASH = ("NORTHGATE.C902", "TIDEWATER.C902")
"""Accounts that have shares and never sell: whatever they buy, they cannot pay."""
SUSPENDED = ("MERIDIAN.C903", "PACIFICA.C903")
UNKNOWN_ACCOUNTS = ("HARBOUR.C999", "GLOBEX.CLIENTS-A", "WESTFIELD.C999")
UNKNOWN_INSTRUMENTS = ("ENRN", "LEHM", "WCOM")
"""Tickers that are not listed here (and no longer anywhere)."""

CASH_IN_CENTS = {
    AccountKind.HOUSE: 40_000_000_000,
    AccountKind.OMNIBUS: 80_000_000_000,
    AccountKind.INDIVIDUAL: 500_000_000,
}
SHARES = {
    AccountKind.HOUSE: 300_000,
    AccountKind.OMNIBUS: 600_000,
    AccountKind.INDIVIDUAL: 5_000,
}
"""What an account of each kind holds of each instrument, for every `TRADES_FOR_ONE` trades."""
TRADES_FOR_ONE = 100_000


@cache
def market_accounts() -> tuple[StoryAccount, ...]:
    """The accounts that trade in the simulated market and are expected to settle."""
    return tuple(
        StoryAccount(
            account_id=f"{broker.participant_id}.{suffix}",
            participant_id=broker.participant_id,
            kind=kind,
        )
        for broker in BROKERS
        for suffix, kind in _KIND_BY_SUFFIX.items()
    )


def scale_for(trades: int) -> int:
    """By how much opening balances grow so that a day of `trades` cannot exhaust them."""
    return 1 + trades // TRADES_FOR_ONE


def reference_data() -> ReferenceData:
    """The development set, all instruments, the brokers and their accounts."""
    base = development_reference_data()
    house = house_accounts(instruments())
    members = tuple(each for each in base.accounts if each not in house)
    return ReferenceData(
        participants=base.participants + BROKERS,
        instruments=instruments(),
        accounts=house + members + market_accounts() + _special_accounts(),
    )


def opening_balances(trades: int) -> tuple[OpeningBalance, ...]:
    """Cash and shares for a day of `trades`, which need not all settle."""
    scale = scale_for(trades)
    balances = list(development_opening_balances())
    for account in market_accounts():
        balances.append(_cash(account, scale))
        balances += _shares(account, instruments(), scale)
    for account in _special_accounts():
        if account.account_id not in WITHOUT_CASH:
            balances.append(_cash(account, 1))
        if account.account_id not in WITHOUT_SHARES:
            balances += _shares(account, instruments()[:3], 1)
    return tuple(balances)


def _cash(account: StoryAccount, scale: int) -> OpeningBalance:
    cents = CASH_IN_CENTS[account.kind] * scale
    return cash_deposit(account.account_id, Decimal(cents).scaleb(-2))


def _shares(
    account: StoryAccount, held: tuple[StoryInstrument, ...], scale: int
) -> list[OpeningBalance]:
    quantity = SHARES[account.kind] * scale
    return [issuance(each, account.account_id, quantity) for each in held]


def _special_accounts() -> tuple[StoryAccount, ...]:
    return tuple(
        StoryAccount(
            account_id=account_id,
            participant_id=account_id.partition(".")[0],
            kind=AccountKind.INDIVIDUAL,
            suspended=account_id in SUSPENDED,
        )
        for account_id in WITHOUT_SHARES + WITHOUT_CASH + SUSPENDED
    )
