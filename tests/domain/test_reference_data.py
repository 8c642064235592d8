from decimal import Decimal
from typing import Any

import pytest

from domain.kernel.invariant import InvariantBroken
from domain.kernel.money import QUANTITY_MAXIMUM
from domain.reference import instrument, participant
from domain.reference.instrument import (
    InstrumentDelisted,
    InstrumentReinstated,
    InstrumentStatus,
    InstrumentSuspended,
    SettlementModel,
    list_instrument,
)
from domain.reference.participant import (
    Participant,
    ParticipantReinstated,
    ParticipantSuspended,
    register,
)
from tests.builders import REASON, a_listed_instrument, a_participant
from tests.domain.specification import when

ACTIVE = Participant(participant_id="BROKER100")
SUSPENDED = Participant(participant_id="BROKER100", suspended=True)

LISTED = instrument.evolve("AAPL", None, a_listed_instrument())
HALTED = instrument.evolve("AAPL", LISTED, InstrumentSuspended(reason_digest=REASON))
DELISTED = instrument.evolve("AAPL", HALTED, InstrumentDelisted(reason_digest=REASON))


def test_a_participant_registers_with_its_codes() -> None:
    event = a_participant(lei="784F5XWPLTWKTBV3E584", bic="DEUTDEFF")
    when(register, None, event).then(event)


def test_a_participant_registers_once() -> None:
    when(register, ACTIVE, a_participant()).then_rejected("PARTICIPANT_EXISTS")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"lei": "784F5XWPLTWKTBV3E585"}, "INVALID_LEI"),
        ({"lei": ""}, "INVALID_LEI"),
        ({"bic": "DEUT1"}, "INVALID_BIC"),
    ],
)
def test_a_participants_codes_are_checked_where_given(terms: dict[str, str], code: str) -> None:
    when(register, None, a_participant(**terms)).then_rejected(code)


def test_a_participant_is_suspended_and_reinstated() -> None:
    suspended, reinstated = (
        ParticipantSuspended(reason_digest=REASON),
        ParticipantReinstated(reason_digest=REASON),
    )
    when(participant.suspend, ACTIVE, REASON).then(suspended)
    when(participant.reinstate, SUSPENDED, REASON).then(reinstated)
    assert participant.evolve("BROKER100", ACTIVE, suspended) == SUSPENDED
    assert participant.evolve("BROKER100", SUSPENDED, reinstated) == ACTIVE


def test_suspending_a_suspended_participant_decides_nothing() -> None:
    when(participant.suspend, SUSPENDED, REASON).then_nothing()


def test_reinstating_an_active_participant_decides_nothing() -> None:
    when(participant.reinstate, ACTIVE, REASON).then_nothing()


def test_a_log_that_suspends_nobody_is_broken() -> None:
    with pytest.raises(InvariantBroken):
        participant.evolve("BROKER100", None, ParticipantSuspended(reason_digest=REASON))


def test_an_instrument_is_listed() -> None:
    event = a_listed_instrument()
    when(list_instrument, "AAPL", None, event).then(event)
    assert LISTED.tick_units == 10**6
    assert LISTED.status is InstrumentStatus.LISTED


def test_an_instrument_is_listed_once() -> None:
    when(list_instrument, "AAPL", LISTED, a_listed_instrument()).then_rejected("INSTRUMENT_EXISTS")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"isin": "US0378331006"}, "INVALID_ISIN"),
        ({"currency": "XYZ"}, "INVALID_CURRENCY"),
        ({"mic": "NASDAQ"}, "INVALID_MIC"),
        ({"lot_size": 0}, "INVALID_LOT_SIZE"),
        ({"lot_size": -1}, "INVALID_LOT_SIZE"),
        ({"lot_size": QUANTITY_MAXIMUM + 1}, "INVALID_LOT_SIZE"),
        ({"tick_size": Decimal(0)}, "INVALID_TICK_SIZE"),
        ({"tick_size": Decimal("-0.01")}, "INVALID_TICK_SIZE"),
        ({"tick_size": Decimal("0.000000001")}, "INVALID_TICK_SIZE"),
        ({"tick_size": Decimal("NaN")}, "INVALID_TICK_SIZE"),
        ({"cycle_days": 1}, "SETTLEMENT_CYCLE_NOT_SUPPORTED"),
        ({"cycle_days": -1}, "SETTLEMENT_CYCLE_NOT_SUPPORTED"),
        ({"settlement_model": SettlementModel.NET}, "SETTLEMENT_CYCLE_NOT_SUPPORTED"),
    ],
)
def test_what_cannot_be_settled_is_not_listed(terms: dict[str, Any], code: str) -> None:
    when(list_instrument, "AAPL", None, a_listed_instrument(**terms)).then_rejected(code)


@pytest.mark.parametrize("instrument_id", ["USD", "", "A B", "A:B", "x" * 36])
def test_an_instruments_id_is_an_id_and_no_currency(instrument_id: str) -> None:
    when(list_instrument, instrument_id, None, a_listed_instrument()).then_rejected(
        "INVALID_INSTRUMENT"
    )


def test_an_instrument_is_suspended_and_reinstated() -> None:
    when(instrument.suspend, LISTED, REASON).then(InstrumentSuspended(reason_digest=REASON))
    when(instrument.reinstate, HALTED, REASON).then(InstrumentReinstated(reason_digest=REASON))
    reinstated = instrument.evolve("AAPL", HALTED, InstrumentReinstated(reason_digest=REASON))
    assert (HALTED.status, reinstated) == (InstrumentStatus.SUSPENDED, LISTED)


@pytest.mark.parametrize("state", [LISTED, HALTED])
def test_an_instrument_is_delisted_in_either_status(state: instrument.Instrument) -> None:
    when(instrument.delist, state, REASON).then(InstrumentDelisted(reason_digest=REASON))


@pytest.mark.parametrize(
    ("decide", "state"),
    [
        (instrument.suspend, HALTED),
        (instrument.reinstate, LISTED),
        (instrument.delist, DELISTED),
    ],
)
def test_an_instrument_that_is_so_already_decides_nothing(
    decide: Any, state: instrument.Instrument
) -> None:
    when(decide, state, REASON).then_nothing()


@pytest.mark.parametrize("decide", [instrument.suspend, instrument.reinstate])
def test_a_delisted_instrument_stays_delisted(decide: Any) -> None:
    when(decide, DELISTED, REASON).then_rejected("INSTRUMENT_DELISTED")


def test_a_log_that_suspends_no_instrument_is_broken() -> None:
    with pytest.raises(InvariantBroken):
        instrument.evolve("AAPL", None, InstrumentSuspended(reason_digest=REASON))
