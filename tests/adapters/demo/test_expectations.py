"""What the story expects of each trade is what the ledger really decides."""

from collections import Counter
from random import Random

import pytest

from adapters.demo.brokers import opening_balances, reference_data
from adapters.demo.market import DEFAULT_DAY, simulate_day
from adapters.demo.story import Fault, MarketTrade, OpeningBalance
from domain.clearing.clear_trade import clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeRejected, TradeSubmitted
from domain.kernel.streams import StreamKind, stream_id
from domain.ledger.account import AccountOpened, AccountSuspended
from domain.reference.business_day import BusinessDateOpened
from domain.reference.instrument import InstrumentListed, SettlementModel
from domain.reference.participant import ParticipantRegistered
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import TransferSettled, TransferSubmitted

TRADES = 20_000
AT_THE_DOOR = {Fault.ILL_FORMED, Fault.DUPLICATE, Fault.VENUE_TRADE_ID_REUSED}
DECIDED = [each for each in simulate_day(7, TRADES) if each.fault not in AT_THE_DOOR]


def a_house_at_the_opening() -> ClearingHouse:
    house = ClearingHouse("us")
    reference = reference_data()
    house.evolve("us:day:us", BusinessDateOpened(business_date=DEFAULT_DAY))
    for firm in reference.participants:
        registered = ParticipantRegistered(name=firm.name, lei=firm.lei)
        house.evolve(f"us:participant:{firm.participant_id}", registered)
    for each in reference.instruments:
        listed = InstrumentListed(
            isin=each.isin,
            name=each.name,
            currency=each.currency,
            lot_size=each.lot_size,
            tick_size=each.tick_size,
            settlement_model=SettlementModel.GROSS,
            cycle_days=0,
            mic=each.mic,
            issuer_account_id=each.issuer_account_id,
        )
        house.evolve(f"us:instrument:{each.instrument_id}", listed)
    for account in reference.accounts:
        opened = AccountOpened(
            participant_id=account.participant_id,
            clearing_member_id=account.participant_id,
            kind=account.kind,
        )
        house.evolve(f"us:account:{account.account_id}", opened)
    for balance in opening_balances(TRADES):
        settle(house, balance)
    for account in reference.accounts:
        if account.suspended:
            house.evolve(f"us:account:{account.account_id}", AccountSuspended(cause="story"))
    return house


def settle(house: ClearingHouse, balance: OpeningBalance) -> None:
    amount = balance.quantity if balance.amount is None else int(balance.amount * 100)
    transfer = TransferSubmitted(
        kind=balance.kind,
        asset=balance.asset_id,
        amount=amount or 0,
        from_account_id=balance.from_account_id,
        to_account_id=balance.to_account_id,
    )
    decision = settle_transfer(house, f"us:transfer:{balance.reference}", transfer)
    assert isinstance(decision[-1][1], TransferSettled)
    for stream, event in decision:
        house.evolve(stream, event)


def outcome(house: ClearingHouse, trade: MarketTrade) -> str:
    submitted = TradeSubmitted(
        instrument_id=trade.instrument_id,
        buyer_account_id=trade.buyer_account_id,
        seller_account_id=trade.seller_account_id,
        quantity=trade.quantity,
        price=trade.price,
        currency=trade.currency,
        trade_date=trade.trade_date,
    )
    stream = stream_id("us", StreamKind.TRADE, trade.venue_trade_id)
    decision = clear_trade(house, stream, submitted)
    for written, event in decision:
        house.evolve(written, event)
    last = decision[-1][1]
    return last.code.value if isinstance(last, TradeRejected) else "SETTLED"


@pytest.mark.parametrize("order", ["as reported", "reversed", "shuffled"])
def test_the_ledger_decides_every_trade_as_expected_in_any_order(order: str) -> None:
    house = a_house_at_the_opening()
    trades = DECIDED[::-1] if order == "reversed" else DECIDED[:]
    if order == "shuffled":
        Random(1).shuffle(trades)
    wrong = Counter(
        (trade.expectation, decided)
        for trade in trades
        if (decided := outcome(house, trade)) != trade.expectation
    )
    assert not wrong
