"""Submit trades: from what a caller wrote to instructions for the ledger."""

from commands.exact_numbers import check_currency, read_price
from commands.ports import BusinessKey, Instruction, Submission
from commands.refusal import RequestRefused
from commands.request_fields import (
    AccountId,
    Currency,
    Day,
    InstrumentId,
    Mic,
    Price,
    Quantity,
    Reference,
    Request,
)
from domain.clearing.trade import TradeSubmitted
from domain.kernel.identifiers import is_mic

BATCH_MAXIMUM = 10_000
"""Trades in one request."""


class TradeRequest(Request, frozen=True, kw_only=True):
    """A trade between two accounts, agreed elsewhere.

    With a `venueTradeId` the trade is the same trade whatever key it comes with: submitter, venue,
    venue trade id and trade date identify it.
    """

    instrument_id: InstrumentId
    buyer_account_id: AccountId
    seller_account_id: AccountId
    quantity: Quantity
    price: Price
    currency: Currency | None = None
    trade_date: Day | None = None
    venue: Mic | None = None
    venue_trade_id: Reference | None = None


def submit_trade(
    request: TradeRequest, stream: str, instruction: Instruction, *, keyed: bool
) -> Submission:
    """The instruction to record `request` in `stream`; raises `RequestRefused`.

    The hottest function of a batch: everything optional is looked at once.
    """
    buyer, seller = request.buyer_account_id, request.seller_account_id
    if buyer == seller:
        raise RequestRefused(
            "SAME_ACCOUNT", "/sellerAccountId", "buyer and seller are the same account"
        )
    price = read_price(request.price)
    business_key = None
    if request.currency is not None:
        check_currency(request.currency, "/currency")
    venue = request.venue
    if venue is not None and not is_mic(venue):
        raise RequestRefused("INVALID_MIC", "/venue", "not a market identifier code (ISO 10383)")
    if request.venue_trade_id is not None:
        business_key = BusinessKey(
            submitter=instruction.actor,
            venue=venue or "",
            venue_trade_id=request.venue_trade_id,
            trade_date=request.trade_date,
        )
    return Submission(
        stream=stream,
        event=TradeSubmitted(
            instrument_id=request.instrument_id,
            buyer_account_id=buyer,
            seller_account_id=seller,
            quantity=request.quantity,
            price=price,
            currency=request.currency,
            trade_date=request.trade_date,
            venue=venue,
            venue_trade_id=request.venue_trade_id,
        ),
        instruction=instruction,
        keyed=keyed,
        business_key=business_key,
    )
