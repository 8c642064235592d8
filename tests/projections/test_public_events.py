"""What is published: every stored event has a topic and a key, and loses nothing on the way."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from domain.event_types import EVENT_TYPES
from projections.public_events.envelope import Heartbeat
from projections.public_events.slots import (
    ACCOUNT_PARTITIONS,
    SLOT_MAP,
    SLOTS,
    partition_of,
    slot_of,
)
from projections.public_events.topics import RELAYED_TOPICS, ROUTES
from projections.public_events.translation import (
    PUBLIC_TYPES,
    public_event_of,
    translate,
    translate_back,
)
from projections.recorded_event import RecordedEvent

GOLDEN = sorted((Path(__file__).parents[1] / "contracts" / "events").glob("*.json"))
RECORDED_AT = datetime(2026, 1, 5, 14, 30, 0, 123456, tzinfo=UTC)


def recorded(golden: Path) -> RecordedEvent:
    name = golden.name.removesuffix(".json").removesuffix(".minimal")
    event = msgspec.json.Decoder(EVENT_TYPES[name]).decode(golden.read_bytes())
    kind, public = PUBLIC_TYPES[type(event)]
    actor = "venue-1" if "submitted_by" in public.__struct_fields__ else None
    return RecordedEvent(7, RECORDED_AT, f"us:{kind.value}:AN.ID", event, actor)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_stored_event_has_a_public_one_with_a_topic_and_a_key(name: str) -> None:
    _, public = PUBLIC_TYPES[EVENT_TYPES[name]]
    assert public.__struct_config__.tag == f"clearing.{name}"
    route = ROUTES[public]
    assert route.topic in RELAYED_TOPICS
    assert route.key_field in public.__struct_fields__


def test_every_route_is_of_an_event_that_is_published() -> None:
    assert set(ROUTES) == {public for _, public in PUBLIC_TYPES.values()}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_what_is_published_leads_back_to_what_was_recorded(golden: Path) -> None:
    before = recorded(golden)
    published = msgspec.json.encode(translate(before))
    event = public_event_of(published)
    assert not isinstance(event, Heartbeat)
    assert translate_back("us", event) == before


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_public_events_stand_alone_in_camel_case(golden: Path) -> None:
    published = msgspec.json.decode(msgspec.json.encode(translate(recorded(golden))))
    assert published["ledgerPosition"] == 7
    assert published["recordedAt"] == "2026-01-05T14:30:00.123456Z"
    assert "AN.ID" in published.values()
    assert not [name for name in published if "_" in name]


def test_a_reader_ignores_fields_that_it_does_not_know() -> None:
    value = b'{"type":"clearing.Heartbeat.v1","ledgerPosition":7,"incarnation":"a","later":1}'
    assert public_event_of(value) == Heartbeat(7, "a")


@pytest.mark.parametrize(
    ("key", "slot", "partition"),
    [
        ("ACC100", 216, 0),
        ("ACC200", 641, 2),
        ("BANK.USD", 312, 1),
        ("ISSUER.AAPL", 475, 1),
        ("123456789", 294, 1),
        ("", 0, 0),
    ],
)
def test_slots_are_the_same_in_every_program(key: str, slot: int, partition: int) -> None:
    assert (slot_of(key), partition_of(key)) == (slot, partition)


def test_the_slot_map_covers_every_slot_and_every_partition_evenly() -> None:
    assert len(SLOT_MAP) == SLOTS
    counts = [SLOT_MAP.count(partition) for partition in range(ACCOUNT_PARTITIONS)]
    assert counts == [SLOTS // ACCOUNT_PARTITIONS] * ACCOUNT_PARTITIONS


def test_topics_keyed_by_an_account_share_the_slot_map() -> None:
    for topic in RELAYED_TOPICS:
        if "account id" in topic.keyed_by:
            assert topic.partitions == ACCOUNT_PARTITIONS
