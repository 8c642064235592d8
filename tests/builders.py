"""Examples that read like a term sheet: everything ordinary is left out, what matters is named."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSubmitted
from domain.kernel.event import Event
from domain.ledger.account import AccountKind, AccountOpened, Movement, PositionUpdated
from domain.reference.business_day import BusinessDateOpened
from domain.reference.instrument import InstrumentListed, SettlementModel
from domain.reference.participant import ParticipantRegistered
from domain.settlement.transfer import TransferKind, TransferSubmitted

SEGMENT = "us"
MONDAY = date(2026, 1, 5)
TUESDAY = date(2026, 1, 6)
REASON = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

History = Sequence[tuple[str, Event]]


def of(kind: str, identifier: str) -> str:
    """The stream of an aggregate of the segment."""
    return f"{SEGMENT}:{kind}:{identifier}"


def a_participant(**terms: Any) -> ParticipantRegistered:
    return ParticipantRegistered(**({"name": "Broker"} | terms))


def a_listed_instrument(**terms: Any) -> InstrumentListed:
    ordinary: dict[str, Any] = {
        "isin": "US0378331005",
        "name": "Apple Inc.",
        "currency": "USD",
        "lot_size": 1,
        "tick_size": Decimal("0.01"),
        "settlement_model": SettlementModel.GROSS,
        "cycle_days": 0,
        "mic": "XNAS",
    }
    return InstrumentListed(**(ordinary | terms))


def an_opened_account(participant_id: str, **terms: Any) -> AccountOpened:
    ordinary: dict[str, Any] = {
        "participant_id": participant_id,
        "clearing_member_id": participant_id,
        "kind": AccountKind.INDIVIDUAL,
    }
    return AccountOpened(**(ordinary | terms))


def a_submitted_trade(**terms: Any) -> TradeSubmitted:
    """ACC100 buys 100 AAPL from ACC200 at 150.00 dollars."""
    ordinary: dict[str, Any] = {
        "instrument_id": "AAPL",
        "buyer_account_id": "ACC100",
        "seller_account_id": "ACC200",
        "quantity": 100,
        "price": Decimal("150.00"),
    }
    return TradeSubmitted(**(ordinary | terms))


def a_submitted_transfer(kind: TransferKind, **terms: Any) -> TransferSubmitted:
    """Of 500.00 dollars, between the accounts that the kind asks for."""
    sides = {
        TransferKind.DEPOSIT: ("BANK", "ACC100"),
        TransferKind.WITHDRAWAL: ("ACC100", "BANK"),
        TransferKind.TRANSFER: ("ACC100", "ACC200"),
        TransferKind.ISSUANCE: ("ISSUER", "ACC200"),
    }
    source, target = sides[kind]
    ordinary: dict[str, Any] = {
        "kind": kind,
        "asset": "AAPL" if kind is TransferKind.ISSUANCE else "USD",
        "amount": 500_00,
        "from_account_id": source,
        "to_account_id": target,
    }
    return TransferSubmitted(**(ordinary | terms))


def a_position(account_id: str, *movements: tuple[str, int, int]) -> tuple[str, Event]:
    """Movements of one account as (asset, amount, balance after)."""
    updated = PositionUpdated(
        cause="transfer:opening",
        business_date=MONDAY,
        value_date=MONDAY,
        movements=tuple(Movement(*movement) for movement in movements),
    )
    return of("account", account_id), updated


def a_market(**instrument: Any) -> History:
    """Monday; ACC100 of BROKER100 holds 1,000,000.00 dollars, ACC200 of BROKER200 1,000 AAPL."""
    return [
        (of("day", "US"), BusinessDateOpened(business_date=MONDAY)),
        (of("participant", "HOUSE"), a_participant()),
        (of("participant", "BROKER100"), a_participant()),
        (of("participant", "BROKER200"), a_participant()),
        (of("instrument", "AAPL"), a_listed_instrument(**instrument)),
        (of("account", "BANK"), an_opened_account("HOUSE", kind=AccountKind.BANK)),
        (of("account", "ISSUER"), an_opened_account("HOUSE", kind=AccountKind.ISSUER)),
        (of("account", "ACC100"), an_opened_account("BROKER100")),
        (of("account", "ACC200"), an_opened_account("BROKER200")),
        a_position("BANK", ("USD", -1_000_000_00, -1_000_000_00)),
        a_position("ACC100", ("USD", 1_000_000_00, 1_000_000_00)),
        a_position("ISSUER", ("AAPL", -1_000, -1_000)),
        a_position("ACC200", ("AAPL", 1_000, 1_000)),
    ]


def a_clearing_house(*history: tuple[str, Event]) -> ClearingHouse:
    """The state after `history`."""
    house = ClearingHouse(SEGMENT)
    for stream, event in history:
        house.evolve(stream, event)
    return house
