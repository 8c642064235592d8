"""A trade between two accounts: submitted, then validated and settled, or rejected."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.kernel.event import Event
from domain.kernel.rejection import RejectionCode, Side


class Capacity(StrEnum):
    """For whom the submitter dealt (MiFID II, RTS 22 field 29)."""

    PRINCIPAL = "DEAL"
    MATCHED_PRINCIPAL = "MTCH"
    AGENCY = "AOTC"


class Basis(StrEnum):
    """Whether the buyer gets the distributions of a corporate action under way."""

    CUM = "CUM"
    EX = "EX"


class TradeStatus(StrEnum):
    """How far a trade has come."""

    SUBMITTED = "SUBMITTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"


# Events


class TradeSubmitted(Event, frozen=True, kw_only=True):
    """Somebody entitled to it submitted a trade; nothing was checked against the ledger yet.

    `quantity` is in units of the instrument, `price` in units of the currency for one unit.
    """

    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    quantity: int
    price: Decimal
    currency: str | None = None
    trade_date: date | None = None
    venue: str | None = None
    venue_trade_id: str | None = None
    executed_at: datetime | None = None
    capacity: Capacity | None = None
    basis: Basis | None = None
    settlement_date_intended: date | None = None
    client_reference: str | None = None
    unique_transaction_identifier: str | None = None


class TradeValidated(Event, frozen=True, kw_only=True):
    """The trade is binding; `consideration` (minor units of `currency`) is fixed here for ever."""

    buyer_account_id: str
    currency: str
    consideration: int
    trade_date: date
    settlement_date_intended: date
    business_date: date


class TradeRejected(Event, frozen=True, kw_only=True):
    """The ledger refused the trade and moved nothing.

    The participants are named where their accounts are known, so that they can be notified.
    """

    code: RejectionCode
    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    side: Side | None = None
    buyer_participant_id: str | None = None
    seller_participant_id: str | None = None
    business_date: date | None = None


class TradeSettled(Event, frozen=True, kw_only=True):
    """Securities went from the seller to the buyer and cash the other way, in one transaction."""

    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    buyer_participant_id: str
    seller_participant_id: str
    quantity: int
    currency: str
    consideration: int
    business_date: date


TradeEvent = TradeSubmitted | TradeValidated | TradeRejected | TradeSettled
