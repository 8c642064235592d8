"""What was stored once is read for ever: a golden file for every version of every event.

A golden file is the stored bytes, without a newline. It is never changed: an event that needs other
bytes is a new version beside the old. `.minimal` holds a sample without its optional fields.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from domain.clearing.trade import TradeSubmitted
from domain.event_types import EVENT_TYPES
from domain.kernel.event import Event
from domain.ledger.account import Movement, PositionUpdated

GOLDEN_FILES = sorted((Path(__file__).parent / "events").glob("*.json"))


def _type_name(golden: Path) -> str:
    return golden.name.removesuffix(".json").removesuffix(".minimal")


def _decode(golden: Path) -> Event:
    return msgspec.json.Decoder(EVENT_TYPES[_type_name(golden)]).decode(golden.read_bytes())


def _golden(name: str) -> Event:
    return _decode(Path(__file__).parent / "events" / f"{name}.json")


def _types_within(annotation: Any) -> Iterator[Any]:
    """The annotation and everything that it is made of, structures included."""
    yield annotation
    for part in get_args(annotation):
        yield from _types_within(part)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        for field in msgspec.structs.fields(annotation):
            yield from _types_within(field.type)


@pytest.mark.parametrize("golden", GOLDEN_FILES, ids=lambda golden: golden.name)
def test_a_stored_event_is_read_and_written_back_to_the_byte(golden: Path) -> None:
    assert msgspec.json.encode(_decode(golden)) == golden.read_bytes()


def test_every_event_has_a_golden_file_and_every_golden_file_an_event() -> None:
    assert {_type_name(golden) for golden in GOLDEN_FILES} == set(EVENT_TYPES)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_full_sample_has_every_field(name: str) -> None:
    stored = msgspec.json.decode((Path(__file__).parent / "events" / f"{name}.json").read_bytes())
    optional_with_one_value = {"capture_policy"}
    fields = [field.name for field in msgspec.structs.fields(EVENT_TYPES[name])]
    assert list(stored) == [field for field in fields if field not in optional_with_one_value]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_names_carry_a_version_and_the_class_they_began_with(name: str) -> None:
    assert re.fullmatch(rf"{EVENT_TYPES[name].__name__}\.v[1-9][0-9]*", name)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_no_event_holds_a_float_or_anything_untyped(name: str) -> None:
    types = set(_types_within(EVENT_TYPES[name]))
    assert not types & {float, Any, object, dict, list}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_events_cannot_be_changed(name: str) -> None:
    assert EVENT_TYPES[name].__struct_config__.frozen


@pytest.mark.parametrize("golden", GOLDEN_FILES, ids=lambda golden: golden.name)
def test_a_field_that_the_version_does_not_know_is_an_error(golden: Path) -> None:
    altered = golden.read_bytes().removesuffix(b"}") + b',"another":1}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.Decoder(EVENT_TYPES[_type_name(golden)]).decode(altered)


def test_decimals_dates_and_large_integers_survive_exactly() -> None:
    trade = _golden("TradeSubmitted.v1")
    assert isinstance(trade, TradeSubmitted)
    assert str(trade.price) == "123456789.12345678"
    assert trade.quantity == 10**12
    assert trade.trade_date == date(2026, 1, 5)
    assert trade.executed_at == datetime.fromisoformat("2026-01-05T14:30:00.123456+00:00")
    minimal = _golden("TradeSubmitted.v1.minimal")
    assert isinstance(minimal, TradeSubmitted)
    assert minimal.price.as_tuple() == Decimal("150.00").as_tuple()


def test_a_movement_is_stored_as_asset_amount_and_balance() -> None:
    updated = _golden("PositionUpdated.v1")
    assert isinstance(updated, PositionUpdated)
    assert updated.movements[1] == Movement("USD", 1_500_000, 9 * 10**18)
