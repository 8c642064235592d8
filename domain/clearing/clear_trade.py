"""Decide a submitted trade: validate it and settle it gross, or reject it.

Settlement is delivery versus payment, model 1 of the BIS report "Delivery versus payment in
securities settlement systems" (1992): securities and cash move gross, trade by trade, together.
"""

from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeRejected, TradeSettled, TradeSubmitted, TradeValidated
from domain.kernel.event import Event
from domain.kernel.money import AMOUNT_MAXIMUM, consideration, is_multiple
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account, Movement, PositionUpdated
from domain.ledger.book import shortage
from domain.reference.business_day import BusinessDay
from domain.reference.instrument import Instrument, InstrumentStatus

Decision = list[tuple[str, Event]]
"""Events with the streams they belong to, to be appended together or not at all."""
Refusal = tuple[RejectionCode, Side | None]

_STATUS_REFUSALS = {
    InstrumentStatus.SUSPENDED: RejectionCode.INSTRUMENT_SUSPENDED,
    InstrumentStatus.DELISTED: RejectionCode.INSTRUMENT_DELISTED,
}


def clear_trade(house: ClearingHouse, stream: str, trade: TradeSubmitted) -> Decision:
    """Decide the trade of `stream` in the state of `house`; nothing is changed here.

    Four events when it settles (validated, two positions updated, settled), one when it does not.
    """
    day = house.business_day
    instrument = house.instruments.get(trade.instrument_id)
    buyer = house.accounts.get(trade.buyer_account_id)
    seller = house.accounts.get(trade.seller_account_id)
    refusal = _refuse_reference(house, trade, instrument, buyer, seller)
    if refusal is not None:
        return _reject(stream, trade, refusal, buyer, seller, day)
    assert day is not None and instrument is not None and buyer is not None and seller is not None
    return _settle(house, stream, trade, instrument.currency, buyer, seller, day)


def _refuse_reference(
    house: ClearingHouse,
    trade: TradeSubmitted,
    instrument: Instrument | None,
    buyer: Account | None,
    seller: Account | None,
) -> Refusal | None:
    """The first check that fails, in the order that the HTTP interface promises."""
    day = house.business_day
    if day is None or not day.is_open:
        return RejectionCode.BUSINESS_DAY_CLOSED, None
    if instrument is None:
        return RejectionCode.UNKNOWN_INSTRUMENT, None
    if instrument.status is not InstrumentStatus.LISTED:
        return _STATUS_REFUSALS[instrument.status], None
    refusal = refuse_accounts(house, ((Side.BUYER, buyer), (Side.SELLER, seller)), members=True)
    if refusal is not None:
        return refusal
    if trade.currency is not None and trade.currency != instrument.currency:
        return RejectionCode.CURRENCY_MISMATCH, None
    if trade.quantity % instrument.lot_size:
        return RejectionCode.LOT_SIZE, None
    if not is_multiple(trade.price, instrument.tick_size):
        return RejectionCode.TICK_SIZE, None
    return None


def refuse_accounts(
    house: ClearingHouse, sides: tuple[tuple[Side, Account | None], ...], *, members: bool
) -> Refusal | None:
    """Whether both accounts are there, of members (where only those may), and not suspended."""
    for side, account in sides:
        if account is None:
            return RejectionCode.UNKNOWN_ACCOUNT, side
    for side, account in sides:
        if members and account is not None and not account.is_member:
            return RejectionCode.ACCOUNT_KIND_NOT_ALLOWED, side
    for side, account in sides:
        if account is not None and account.suspended:
            return RejectionCode.ACCOUNT_SUSPENDED, side
    for side, account in sides:
        if account is not None and house.participants[account.participant_id].suspended:
            return RejectionCode.PARTICIPANT_SUSPENDED, side
    return None


def _settle(
    house: ClearingHouse,
    stream: str,
    trade: TradeSubmitted,
    currency: str,
    buyer: Account,
    seller: Account,
    day: BusinessDay,
) -> Decision:
    amount = consideration(trade.quantity, trade.price, currency)
    instrument_id = trade.instrument_id
    delivered = _movements(house, seller, instrument_id, -trade.quantity, currency, amount)
    received = _movements(house, buyer, instrument_id, trade.quantity, currency, -amount)
    code = shortage(seller, delivered)
    side = Side.SELLER
    if code is None:
        code, side = shortage(buyer, received), Side.BUYER
    if code is None and amount > AMOUNT_MAXIMUM:
        code = RejectionCode.BALANCE_OUT_OF_RANGE
    if code is not None:
        return _reject(stream, trade, (code, side), buyer, seller, day)
    business_date = day.business_date
    cause = stream.partition(":")[2]
    return [
        (
            stream,
            TradeValidated(
                buyer_account_id=trade.buyer_account_id,
                currency=currency,
                consideration=amount,
                trade_date=trade.trade_date or business_date,
                settlement_date_intended=business_date,
                business_date=business_date,
            ),
        ),
        (
            house.account_stream(seller.account_id),
            PositionUpdated(
                cause=cause,
                business_date=business_date,
                value_date=business_date,
                movements=delivered,
            ),
        ),
        (
            house.account_stream(buyer.account_id),
            PositionUpdated(
                cause=cause,
                business_date=business_date,
                value_date=business_date,
                movements=received,
            ),
        ),
        (
            stream,
            TradeSettled(
                instrument_id=instrument_id,
                buyer_account_id=buyer.account_id,
                seller_account_id=seller.account_id,
                buyer_participant_id=buyer.participant_id,
                seller_participant_id=seller.participant_id,
                quantity=trade.quantity,
                currency=currency,
                consideration=amount,
                business_date=business_date,
            ),
        ),
    ]


def _movements(
    house: ClearingHouse,
    account: Account,
    instrument_id: str,
    quantity: int,
    currency: str,
    amount: int,
) -> tuple[Movement, ...]:
    """Securities and cash of one side; a consideration that rounds to nothing moves no cash."""
    book = house.book
    securities = book.movement(account.account_id, instrument_id, quantity)
    if amount == 0:
        return (securities,)
    return securities, book.movement(account.account_id, currency, amount)


def _reject(
    stream: str,
    trade: TradeSubmitted,
    refusal: Refusal,
    buyer: Account | None,
    seller: Account | None,
    day: BusinessDay | None,
) -> Decision:
    code, side = refusal
    rejected = TradeRejected(
        code=code,
        side=side,
        instrument_id=trade.instrument_id,
        buyer_account_id=trade.buyer_account_id,
        seller_account_id=trade.seller_account_id,
        buyer_participant_id=None if buyer is None else buyer.participant_id,
        seller_participant_id=None if seller is None else seller.participant_id,
        business_date=None if day is None else day.business_date,
    )
    return [(stream, rejected)]
