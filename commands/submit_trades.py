"""Submit trades: from what a caller wrote to instructions for the ledger."""

from decimal import Decimal
from functools import lru_cache

from commands.exact_numbers import check_currency, read_price
from commands.ports import BusinessKey, Instruction, Submission
from commands.refusal import RequestRefused
from commands.request_fields import (
    Currency,
    Day,
    Mic,
    Price,
    Quantity,
    Reference,
    Request,
    TradedInstrumentId,
    TradingAccountId,
)
from domain.clearing.trade import TradeSubmitted
from domain.kernel.identifiers import is_identifier, is_mic

BATCH_MAXIMUM = 10_000
"""Trades in one request."""


class TradeRequest(Request, frozen=True, kw_only=True):
    """A trade between two accounts, agreed elsewhere.

    With a `venueTradeId` the trade is the same trade whatever key it comes with: submitter, venue,
    venue trade id and trade date identify it.
    """

    instrument_id: TradedInstrumentId
    buyer_account_id: TradingAccountId
    seller_account_id: TradingAccountId
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

    The hottest function of a batch: what is optional is looked at only where it is there.
    """
    buyer, seller = request.buyer_account_id, request.seller_account_id
    instrument_id = request.instrument_id
    if not (_is_identifier(instrument_id) and _is_identifier(buyer) and _is_identifier(seller)):
        raise _malformed_identifier(request)
    if buyer == seller:
        raise RequestRefused(
            "SAME_ACCOUNT", "/sellerAccountId", "buyer and seller are the same account"
        )
    price = read_price(request.price)
    if _has_details(request):
        return _with_details(request, price, stream, instruction, keyed=keyed)
    event = TradeSubmitted(
        instrument_id=instrument_id,
        buyer_account_id=buyer,
        seller_account_id=seller,
        quantity=request.quantity,
        price=price,
    )
    return Submission(stream=stream, event=event, instruction=instruction, keyed=keyed)


def _has_details(request: TradeRequest) -> bool:
    return not (
        request.currency is None
        and request.venue is None
        and request.venue_trade_id is None
        and request.trade_date is None
    )


def _with_details(
    request: TradeRequest,
    price: Decimal,
    stream: str,
    instruction: Instruction,
    *,
    keyed: bool,
) -> Submission:
    if request.currency is not None:
        check_currency(request.currency, "/currency")
    venue = request.venue
    if venue is not None and not _is_mic(venue):
        raise RequestRefused("INVALID_MIC", "/venue", "not a market identifier code (ISO 10383)")
    business_key = None
    if request.venue_trade_id is not None:
        business_key = BusinessKey(
            submitter=instruction.actor,
            venue=venue or "",
            venue_trade_id=request.venue_trade_id,
            trade_date=request.trade_date,
        )
    detailed = TradeSubmitted(
        instrument_id=request.instrument_id,
        buyer_account_id=request.buyer_account_id,
        seller_account_id=request.seller_account_id,
        quantity=request.quantity,
        price=price,
        currency=request.currency,
        trade_date=request.trade_date,
        venue=venue,
        venue_trade_id=request.venue_trade_id,
    )
    return Submission(
        stream=stream,
        event=detailed,
        instruction=instruction,
        keyed=keyed,
        business_key=business_key,
    )


def _malformed_identifier(request: TradeRequest) -> RequestRefused:
    fields = (
        ("/instrumentId", request.instrument_id),
        ("/buyerAccountId", request.buyer_account_id),
        ("/sellerAccountId", request.seller_account_id),
    )
    pointer = next(pointer for pointer, value in fields if not is_identifier(value))
    return RequestRefused(
        "INVALID_REQUEST", pointer, "an id is 1 to 35 of A-Z a-z 0-9 . _ - without spaces"
    )


_is_identifier = lru_cache(maxsize=65_536)(is_identifier)
_is_mic = lru_cache(maxsize=4_096)(is_mic)
"""Both remembered, because a batch names the same few accounts and markets over and over."""
