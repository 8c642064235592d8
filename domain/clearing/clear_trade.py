"""Decide a submitted trade: validate it and settle it gross, or reject it.

Settlement is delivery versus payment, model 1 of the BIS report "Delivery versus payment in
securities settlement systems" (1992): securities and cash move gross, trade by trade, together.
"""

from datetime import date

from domain.clearing.decision import Decision, Refusal
from domain.clearing.house import ClearingHouse
from domain.clearing.refuse_trade import refuse_trade
from domain.clearing.trade import TradeRejected, TradeSettled, TradeSubmitted, TradeValidated
from domain.kernel.money import AMOUNT_MAXIMUM, consideration_of_units, price_units_or_none
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account, Movement, PositionUpdated
from domain.ledger.book import Book, all_ordinary, exceeds_range, shortage
from domain.reference.business_day import BusinessDay

__all__ = ["Decision", "Refusal", "clear_trade"]


def clear_trade(house: ClearingHouse, stream: str, trade: TradeSubmitted) -> Decision:
    """Decide the trade of `stream` in the state of `house`; nothing is changed here.

    Four events when it settles (validated, two positions updated, settled), one when it does not.
    """
    day = house.business_day
    units = price_units_or_none(trade.price)
    instrument = house.instruments.get(trade.instrument_id)
    buyer = house.accounts.get(trade.buyer_account_id)
    seller = house.accounts.get(trade.seller_account_id)
    refusal = refuse_trade(house, trade, units, instrument, buyer, seller)
    if refusal is not None:
        return [(stream, _rejected(trade, refusal, buyer, seller, day))]
    assert day is not None
    assert units is not None
    assert instrument is not None
    assert buyer is not None
    assert seller is not None

    currency = instrument.currency
    amount = consideration_of_units(trade.quantity, units, currency)
    delivered = _movements(house.book, seller, trade, -trade.quantity, currency, amount)
    received = _movements(house.book, buyer, trade, trade.quantity, currency, -amount)
    refusal = _refuse_balances(amount, seller, delivered, buyer, received)
    if refusal is not None:
        return [(stream, _rejected(trade, refusal, buyer, seller, day))]
    cause = stream.partition(":")[2]
    business_date = day.business_date
    return [
        (stream, _validated(trade, currency, amount, business_date)),
        (house.account_stream(seller.account_id), _updated(cause, business_date, delivered)),
        (house.account_stream(buyer.account_id), _updated(cause, business_date, received)),
        (stream, _settled(trade, currency, amount, buyer, seller, business_date)),
    ]


def _movements(
    book: Book, account: Account, trade: TradeSubmitted, quantity: int, currency: str, amount: int
) -> tuple[Movement, ...]:
    """Securities and cash of one side; a consideration that rounds to nothing moves no cash."""
    instrument_id = trade.instrument_id
    held = book.held(account.account_id)
    securities = Movement(instrument_id, quantity, held.get(instrument_id, 0) + quantity)
    if amount == 0:
        return (securities,)
    return securities, Movement(currency, amount, held.get(currency, 0) + amount)


def _refuse_balances(
    amount: int,
    seller: Account,
    delivered: tuple[Movement, ...],
    buyer: Account,
    received: tuple[Movement, ...],
) -> Refusal | None:
    """The delivery control: it is never bypassed, and it looks at securities before cash."""
    if amount <= AMOUNT_MAXIMUM and all_ordinary(delivered) and all_ordinary(received):
        return None
    sides = ((Side.SELLER, seller, delivered), (Side.BUYER, buyer, received))
    for side, account, movements in sides:
        code = shortage(account, movements)
        if code is not None:
            return code, side
    if amount > AMOUNT_MAXIMUM:
        return RejectionCode.BALANCE_OUT_OF_RANGE, None
    for side, _account, movements in sides:
        if exceeds_range(movements):
            return RejectionCode.BALANCE_OUT_OF_RANGE, side
    return None


def _validated(
    trade: TradeSubmitted, currency: str, amount: int, business_date: date
) -> TradeValidated:
    return TradeValidated(
        buyer_account_id=trade.buyer_account_id,
        currency=currency,
        consideration=amount,
        trade_date=trade.trade_date or business_date,
        settlement_date_intended=business_date,
        business_date=business_date,
    )


def _updated(cause: str, business_date: date, movements: tuple[Movement, ...]) -> PositionUpdated:
    return PositionUpdated(
        cause=cause, business_date=business_date, value_date=business_date, movements=movements
    )


def _settled(
    trade: TradeSubmitted,
    currency: str,
    amount: int,
    buyer: Account,
    seller: Account,
    business_date: date,
) -> TradeSettled:
    return TradeSettled(
        instrument_id=trade.instrument_id,
        buyer_account_id=buyer.account_id,
        seller_account_id=seller.account_id,
        buyer_participant_id=buyer.participant_id,
        seller_participant_id=seller.participant_id,
        quantity=trade.quantity,
        currency=currency,
        consideration=amount,
        business_date=business_date,
    )


def _rejected(
    trade: TradeSubmitted,
    refusal: Refusal,
    buyer: Account | None,
    seller: Account | None,
    day: BusinessDay | None,
) -> TradeRejected:
    code, side = refusal
    return TradeRejected(
        code=code,
        side=side,
        instrument_id=trade.instrument_id,
        buyer_account_id=trade.buyer_account_id,
        seller_account_id=trade.seller_account_id,
        buyer_participant_id=None if buyer is None else buyer.participant_id,
        seller_participant_id=None if seller is None else seller.participant_id,
        business_date=None if day is None else day.business_date,
    )
