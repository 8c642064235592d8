"""What a story consists of: reference data, opening balances and trades, as plain values.

Whoever tells the story turns them into calls of the HTTP interface, in this order: participants,
instruments, accounts, opening balances, suspensions, trades.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.ledger.account import AccountKind
from domain.settlement.transfer import TransferKind


class StoryParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A firm to register."""

    participant_id: str
    name: str
    lei: str


class StoryInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument to list; it settles gross on the trade date. `tick_size` is in `currency`."""

    instrument_id: str
    isin: str
    cusip: str
    name: str
    mic: str
    currency: str
    lot_size: int
    tick_size: Decimal

    @property
    def issuer_account_id(self) -> str:
        """The account that holds the negative of what was issued."""
        return f"ISSUER.{self.instrument_id}"


class StoryAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open. One with `suspended` is suspended once it has its opening balances."""

    account_id: str
    participant_id: str
    kind: AccountKind
    suspended: bool = False


class ReferenceData(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that must exist before the first transfer, each part in the order of creation."""

    participants: tuple[StoryParticipant, ...]
    instruments: tuple[StoryInstrument, ...]
    accounts: tuple[StoryAccount, ...]


class OpeningBalance(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer that brings an asset in: shares by ISSUANCE, cash by DEPOSIT.

    Shares have a `quantity`, cash an `amount` in units of the currency; `reference` is unique
    within a story and serves as an idempotency key.
    """

    kind: TransferKind
    asset_id: str
    from_account_id: str
    to_account_id: str
    reference: str
    quantity: int | None = None
    amount: Decimal | None = None


class Fault(StrEnum):
    """What is wrong with a trade by design, in the order in which the ledger would look for it."""

    ILL_FORMED = "ILL_FORMED"
    DUPLICATE = "DUPLICATE"
    VENUE_TRADE_ID_REUSED = "VENUE_TRADE_ID_REUSED"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    SUSPENDED_ACCOUNT = "SUSPENDED_ACCOUNT"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    OFF_TICK = "OFF_TICK"
    OVERSELL = "OVERSELL"
    OVERSPEND = "OVERSPEND"


SETTLED = "SETTLED"
DUPLICATE = "DUPLICATE"
"""The expectation of an exact repetition: the first trade's id, and nothing is recorded."""

EXPECTATION_OF: dict[Fault, str] = {
    Fault.ILL_FORMED: "INVALID_QUANTITY",
    Fault.DUPLICATE: DUPLICATE,
    Fault.VENUE_TRADE_ID_REUSED: "VENUE_TRADE_ID_REUSED",
    Fault.UNKNOWN_INSTRUMENT: "UNKNOWN_INSTRUMENT",
    Fault.UNKNOWN_ACCOUNT: "UNKNOWN_ACCOUNT",
    Fault.SUSPENDED_ACCOUNT: "ACCOUNT_SUSPENDED",
    Fault.WRONG_CURRENCY: "CURRENCY_MISMATCH",
    Fault.OFF_TICK: "TICK_SIZE",
    Fault.OVERSELL: "INSUFFICIENT_SECURITIES",
    Fault.OVERSPEND: "INSUFFICIENT_CASH",
}
"""The code that each fault must get.

Certain in whatever order trades are decided, but for the two that repeat a venue trade id: they
must be submitted after its first use.
"""


class MarketTrade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trade as a venue reports it. `price` is in `currency` for one unit.

    `fault` is None and `expectation` is `SETTLED` for a trade that must settle.
    """

    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    quantity: int
    price: Decimal
    currency: str
    trade_date: date
    venue: str
    venue_trade_id: str
    fault: Fault | None = None
    expectation: str = SETTLED
