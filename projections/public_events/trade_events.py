"""Public events of trades."""

from datetime import date
from decimal import Decimal

from domain.clearing.trade import Basis, Capacity
from domain.kernel.rejection import RejectionCode, Side
from projections.public_events.envelope import Instant, PublicEvent


class TradeSubmitted(PublicEvent, frozen=True, tag="clearing.TradeSubmitted.v1"):
    """A trade was submitted and waits for its decision."""

    trade_id: str
    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    quantity: int
    price: Decimal
    currency: str | None = None
    trade_date: date | None = None
    venue: str | None = None
    venue_trade_id: str | None = None
    executed_at: Instant | None = None
    capacity: Capacity | None = None
    basis: Basis | None = None
    settlement_date_intended: date | None = None
    client_reference: str | None = None
    unique_transaction_identifier: str | None = None
    submitted_by: str | None = None


class TradeValidated(PublicEvent, frozen=True, tag="clearing.TradeValidated.v1"):
    """The trade is binding; `consideration` is in minor units of `currency`."""

    trade_id: str
    buyer_account_id: str
    currency: str
    consideration: int
    trade_date: date
    settlement_date_intended: date
    business_date: date


class TradeRejected(PublicEvent, frozen=True, tag="clearing.TradeRejected.v1"):
    """The ledger refused the trade and moved nothing."""

    trade_id: str
    code: RejectionCode
    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    side: Side | None = None
    buyer_participant_id: str | None = None
    seller_participant_id: str | None = None
    business_date: date | None = None


class TradeSettled(PublicEvent, frozen=True, tag="clearing.TradeSettled.v1"):
    """Securities went from the seller to the buyer and cash the other way."""

    trade_id: str
    instrument_id: str
    buyer_account_id: str
    seller_account_id: str
    buyer_participant_id: str
    seller_participant_id: str
    quantity: int
    currency: str
    consideration: int
    business_date: date
