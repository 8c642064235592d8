"""What a trade is refused for before any balance is looked at, in the promised order."""

from domain.clearing.decision import Refusal, refuse_accounts
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSubmitted
from domain.kernel.money import QUANTITY_MAXIMUM
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account
from domain.reference.business_day import BusinessDay, accepts_trade_date
from domain.reference.instrument import Instrument, InstrumentStatus

# An enumeration's member costs a Python call to look up (3.11): not on the way of every trade.
_BUYER, _SELLER, _LISTED = Side.BUYER, Side.SELLER, InstrumentStatus.LISTED


def refuse_trade(
    house: ClearingHouse,
    trade: TradeSubmitted,
    units: int | None,
    instrument: Instrument | None,
    buyer: Account | None,
    seller: Account | None,
) -> Refusal | None:
    """The first check that fails, in the order that the HTTP interface promises.

    `units` is the trade's price in units of 10^-8, None if it is no price.
    """
    code = _refuse_terms(trade, units, house.business_day) or _refuse_instrument(instrument)
    if code is not None:
        return code, None
    refusal = refuse_accounts(house, ((_BUYER, buyer), (_SELLER, seller)), members=True)
    if refusal is not None:
        return refusal
    assert units is not None
    assert instrument is not None
    code = _refuse_grid(trade, units, instrument)
    return None if code is None else (code, None)


def _refuse_terms(
    trade: TradeSubmitted, units: int | None, day: BusinessDay | None
) -> RejectionCode | None:
    """What the door refuses as well, and the closed day."""
    if trade.buyer_account_id == trade.seller_account_id:
        return RejectionCode.SAME_ACCOUNT
    if not 0 < trade.quantity <= QUANTITY_MAXIMUM:
        return RejectionCode.INVALID_QUANTITY
    if units is None:
        return RejectionCode.INVALID_PRICE
    if trade.trade_date is not None and not accepts_trade_date(day, trade.trade_date):
        return RejectionCode.TRADE_DATE_OUT_OF_WINDOW
    if day is None or not day.is_open:
        return RejectionCode.BUSINESS_DAY_CLOSED
    return None


def _refuse_instrument(instrument: Instrument | None) -> RejectionCode | None:
    if instrument is None:
        return RejectionCode.UNKNOWN_INSTRUMENT
    if instrument.status is _LISTED:
        return None
    if instrument.status is InstrumentStatus.SUSPENDED:
        return RejectionCode.INSTRUMENT_SUSPENDED
    return RejectionCode.INSTRUMENT_DELISTED


def _refuse_grid(trade: TradeSubmitted, units: int, instrument: Instrument) -> RejectionCode | None:
    if trade.currency is not None and trade.currency != instrument.currency:
        return RejectionCode.CURRENCY_MISMATCH
    if trade.quantity % instrument.lot_size:
        return RejectionCode.LOT_SIZE
    if units % instrument.tick_units:
        return RejectionCode.TICK_SIZE
    return None
