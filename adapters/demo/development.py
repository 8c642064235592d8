"""The development set: the few participants, accounts and holdings that always exist."""

from decimal import Decimal

from adapters.demo.facts import instruments
from adapters.demo.story import (
    OpeningBalance,
    ReferenceData,
    StoryAccount,
    StoryInstrument,
    StoryParticipant,
)
from domain.ledger.account import AccountKind
from domain.settlement.transfer import TransferKind

CURRENCY = "USD"
BANK_ACCOUNT_ID = "BANK.USD"
SETTLEMENT_BANK = StoryParticipant(
    participant_id="SETTLEMENT-BANK",
    name="Settlement bank (development)",
    lei="000000DEVSETTLBANK25",
)
REGISTRAR = StoryParticipant(
    participant_id="REGISTRAR", name="Registrar (development)", lei="000000DEVREGISTRAR62"
)
_BROKERS = (
    StoryParticipant(
        participant_id="BROKER100", name="Broker 100 (development)", lei="000000DEVBROKER10091"
    ),
    StoryParticipant(
        participant_id="BROKER200", name="Broker 200 (development)", lei="000000DEVBROKER20082"
    ),
)
_INSTRUMENT_IDS = frozenset({"AAPL", "GE", "MSFT"})
_ACCOUNTS = (
    StoryAccount(account_id="ACC100", participant_id="BROKER100", kind=AccountKind.OMNIBUS),
    StoryAccount(account_id="ACC200", participant_id="BROKER200", kind=AccountKind.OMNIBUS),
)
_CASH = Decimal("10000000.00")
_SHARES = 100_000


def development_reference_data() -> ReferenceData:
    """BROKER100 and BROKER200 with ACC100 and ACC200, three instruments, and the house's side."""
    listed = tuple(each for each in instruments() if each.instrument_id in _INSTRUMENT_IDS)
    return ReferenceData(
        participants=(SETTLEMENT_BANK, REGISTRAR, *_BROKERS),
        instruments=listed,
        accounts=house_accounts(listed) + _ACCOUNTS,
    )


def development_opening_balances() -> tuple[OpeningBalance, ...]:
    """Ten million dollars and 100,000 of each share, for ACC100 and ACC200."""
    listed = development_reference_data().instruments
    return tuple(
        balance
        for account in _ACCOUNTS
        for balance in (
            cash_deposit(account.account_id, _CASH),
            *(issuance(each, account.account_id, _SHARES) for each in listed),
        )
    )


def house_accounts(listed: tuple[StoryInstrument, ...]) -> tuple[StoryAccount, ...]:
    """The bank's account, and one issuer account for each instrument."""
    bank = StoryAccount(
        account_id=BANK_ACCOUNT_ID,
        participant_id=SETTLEMENT_BANK.participant_id,
        kind=AccountKind.BANK,
    )
    return bank, *(
        StoryAccount(
            account_id=each.issuer_account_id,
            participant_id=REGISTRAR.participant_id,
            kind=AccountKind.ISSUER,
        )
        for each in listed
    )


def cash_deposit(account_id: str, amount: Decimal) -> OpeningBalance:
    """Cash in `CURRENCY` from the settlement bank."""
    return OpeningBalance(
        kind=TransferKind.DEPOSIT,
        asset_id=CURRENCY,
        from_account_id=BANK_ACCOUNT_ID,
        to_account_id=account_id,
        reference=f"OPENING-{account_id}-{CURRENCY}",
        amount=amount,
    )


def issuance(instrument: StoryInstrument, account_id: str, quantity: int) -> OpeningBalance:
    """Shares from the instrument's issuer account."""
    return OpeningBalance(
        kind=TransferKind.ISSUANCE,
        asset_id=instrument.instrument_id,
        from_account_id=instrument.issuer_account_id,
        to_account_id=account_id,
        reference=f"OPENING-{account_id}-{instrument.instrument_id}",
        quantity=quantity,
    )
