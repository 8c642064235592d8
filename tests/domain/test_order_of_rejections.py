"""The codes are looked for in one order: what breaks two rules gets the earlier code."""

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from domain.kernel.event import Event
from domain.kernel.money import BALANCE_MAXIMUM
from domain.kernel.rejection import RejectionCode as Code
from domain.ledger.account import AccountSuspended
from domain.reference.business_day import BusinessDateClosed
from domain.reference.instrument import InstrumentDelisted, InstrumentSuspended
from domain.reference.participant import ParticipantSuspended
from domain.settlement.transfer import TransferKind
from tests.builders import (
    MONDAY,
    REASON,
    TUESDAY,
    a_market,
    a_position,
    a_submitted_trade,
    a_submitted_transfer,
    of,
)
from tests.domain.specification import given


class Case:
    """An instruction that would settle, until rules are broken."""

    def __init__(self) -> None:
        self.terms: dict[str, Any] = {}
        self.instrument: dict[str, Any] = {}
        self.after: list[tuple[str, Event]] = []


Breach = Callable[[Case], object]


def _terms(**terms: Any) -> Breach:
    return lambda case: case.terms.update(terms)


def _instrument(**terms: Any) -> Breach:
    return lambda case: case.instrument.update(terms)


def _after(*events: tuple[str, Event]) -> Breach:
    return lambda case: case.after.extend(events)


def _suspended(*account_ids: str) -> Breach:
    return _after(*((of("account", name), AccountSuspended(cause="x:1")) for name in account_ids))


def _participants_suspended(*names: str) -> Breach:
    return _after(
        *((of("participant", name), ParticipantSuspended(reason_digest=REASON)) for name in names)
    )


_AAPL = of("instrument", "AAPL")
_CLOSED = _after((of("day", "US"), BusinessDateClosed(business_date=MONDAY)))
_INSTRUMENT_SUSPENDED = _after((_AAPL, InstrumentSuspended(reason_digest=REASON)))
_INSTRUMENT_DELISTED = _after((_AAPL, InstrumentDelisted(reason_digest=REASON)))

TRADE_BREACHES: dict[Code, Breach] = {
    Code.SAME_ACCOUNT: _terms(buyer_account_id="ACC200", seller_account_id="ACC200"),
    Code.INVALID_QUANTITY: _terms(quantity=0),
    Code.INVALID_PRICE: _terms(price=Decimal(0)),
    Code.TRADE_DATE_OUT_OF_WINDOW: _terms(trade_date=TUESDAY),
    Code.BUSINESS_DAY_CLOSED: _CLOSED,
    Code.UNKNOWN_INSTRUMENT: _terms(instrument_id="NONE"),
    Code.INSTRUMENT_SUSPENDED: _INSTRUMENT_SUSPENDED,
    Code.INSTRUMENT_DELISTED: _INSTRUMENT_DELISTED,
    Code.UNKNOWN_ACCOUNT: lambda case: case.terms.setdefault("seller_account_id", "NOBODY"),
    Code.ACCOUNT_KIND_NOT_ALLOWED: lambda case: case.terms.setdefault("buyer_account_id", "BANK"),
    Code.ACCOUNT_SUSPENDED: _suspended("ACC100", "ACC200"),
    Code.PARTICIPANT_SUSPENDED: _participants_suspended("BROKER100", "BROKER200"),
    Code.CURRENCY_MISMATCH: _terms(currency="EUR"),
    Code.LOT_SIZE: _instrument(lot_size=7),
    Code.TICK_SIZE: _instrument(tick_size=Decimal("0.07")),
    Code.INSUFFICIENT_SECURITIES: _after(a_position("ACC200", ("AAPL", -1_000, 0))),
    Code.INSUFFICIENT_CASH: _after(a_position("ACC100", ("USD", -1_000_000_00, 0))),
    Code.BALANCE_OUT_OF_RANGE: _after(
        a_position("ACC200", ("USD", BALANCE_MAXIMUM, BALANCE_MAXIMUM))
    ),
}

ISSUANCE_BREACHES: dict[Code, Breach] = {
    Code.SAME_ACCOUNT: _terms(from_account_id="ACC200", to_account_id="ACC200"),
    Code.INVALID_QUANTITY: _terms(amount=0),
    Code.BUSINESS_DAY_CLOSED: _CLOSED,
    Code.UNKNOWN_ASSET: _terms(asset="NONE"),
    Code.INSTRUMENT_SUSPENDED: _INSTRUMENT_SUSPENDED,
    Code.INSTRUMENT_DELISTED: _INSTRUMENT_DELISTED,
    Code.UNKNOWN_ACCOUNT: lambda case: case.terms.setdefault("from_account_id", "NOBODY"),
    Code.ACCOUNT_KIND_NOT_ALLOWED: lambda case: case.terms.setdefault("to_account_id", "BANK"),
    Code.ISSUER_ACCOUNT_MISMATCH: _instrument(issuer_account_id="ANOTHER"),
    Code.ACCOUNT_SUSPENDED: _suspended("ISSUER", "ACC200"),
    Code.PARTICIPANT_SUSPENDED: _participants_suspended("HOUSE", "BROKER200"),
    Code.BALANCE_OUT_OF_RANGE: _after(
        a_position("ISSUER", ("AAPL", 1_000 - BALANCE_MAXIMUM, -BALANCE_MAXIMUM))
    ),
}

# An instrument has one status: it is not suspended and delisted at once.
_EXCLUSIVE = (Code.INSTRUMENT_SUSPENDED, Code.INSTRUMENT_DELISTED)


def _pairs(breaches: dict[Code, Breach]) -> list[tuple[Code, Code]]:
    return [pair for pair in combinations(breaches, 2) if pair != _EXCLUSIVE]


def _breaking(breaches: dict[Code, Breach], *codes: Code) -> Case:
    case = Case()
    for code in codes:
        breaches[code](case)
    return case


def _trade_outcome(*codes: Code) -> Code:
    case = _breaking(TRADE_BREACHES, *codes)
    trade = a_submitted_trade(**case.terms)
    ((_, rejected),) = given(*a_market(**case.instrument), *case.after).when(trade).decided
    return Code(rejected.code)


def _issuance_outcome(*codes: Code) -> Code:
    case = _breaking(ISSUANCE_BREACHES, *codes)
    transfer = a_submitted_transfer(TransferKind.ISSUANCE, **case.terms)
    ((_, rejected),) = given(*a_market(**case.instrument), *case.after).when(transfer).decided
    return Code(rejected.code)


def test_the_tables_stand_in_the_order_of_the_codes() -> None:
    order = list(Code)
    for table in (TRADE_BREACHES, ISSUANCE_BREACHES):
        assert list(table) == sorted(table, key=order.index)


@pytest.mark.parametrize("code", TRADE_BREACHES)
def test_a_trade_that_breaks_one_rule_gets_its_code(code: Code) -> None:
    assert _trade_outcome(code) is code


@pytest.mark.parametrize(("earlier", "later"), _pairs(TRADE_BREACHES))
def test_a_trade_that_breaks_two_rules_gets_the_earlier_code(earlier: Code, later: Code) -> None:
    assert _trade_outcome(earlier, later) is earlier


@pytest.mark.parametrize("code", ISSUANCE_BREACHES)
def test_an_issuance_that_breaks_one_rule_gets_its_code(code: Code) -> None:
    assert _issuance_outcome(code) is code


@pytest.mark.parametrize(("earlier", "later"), _pairs(ISSUANCE_BREACHES))
def test_an_issuance_that_breaks_two_rules_gets_the_earlier_code(
    earlier: Code, later: Code
) -> None:
    assert _issuance_outcome(earlier, later) is earlier
