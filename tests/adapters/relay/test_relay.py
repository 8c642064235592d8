"""The relay publishes the log: all of it, in order, whoever else runs."""

from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest
from kafka import KafkaAdminClient

from adapters.embedded.kafka import EmbeddedKafka
from adapters.kafka.producer import BatchProducer, Producer, StockProducer
from adapters.ledger.incarnation import begin_incarnation, incarnations
from adapters.projection.feed import UnreadableLedger
from adapters.relay.position import TopicReplaced
from projections.public_events.envelope import Heartbeat
from projections.public_events.slots import partition_of
from projections.public_events.topics import REFERENCE_DATA_EVENTS, TRANSFER_EVENTS
from projections.public_events.translation import public_event_of
from tests.adapters.kafka.reading import (
    HEARTBEAT,
    assert_all_published,
    header,
    of_incarnation,
    read_topics,
)
from tests.adapters.ledger.support import wait_until
from tests.adapters.relay.relays import (
    own_incarnation,
    relay_options,
    relayed_until,
    relaying,
    wait_relayed,
)
from tests.builders import SEGMENT
from tests.conftest import Database
from tests.projections.recorded_day import ACTOR, RecordedDay, an_id


@pytest.mark.parametrize("make_producer", [BatchProducer, StockProducer])
def test_every_event_arrives_under_its_key_in_its_partition(
    database: Database, kafka: EmbeddedKafka, make_producer: Callable[[str], Producer]
) -> None:
    incarnation = own_incarnation(database)
    options = relay_options(database, kafka.bootstrap_servers, make_producer=make_producer)
    with RecordedDay(database.application_url) as day, relaying(options):
        day.eventful()
        wait_relayed(database, day.head)
    received = of_incarnation(read_topics(kafka.bootstrap_servers), incarnation)
    assert assert_all_published(received, day.head) == 0
    for partition, records in received.items():
        if partition.topic == REFERENCE_DATA_EVENTS.name:
            continue
        keys = {record.key for record in records if record.type != HEARTBEAT}
        assert {partition_of(key) for key in keys} <= {partition.partition}


def test_a_record_is_a_cloud_event_that_stands_alone(
    database: Database, kafka: EmbeddedKafka
) -> None:
    incarnation = own_incarnation(database)
    with (
        RecordedDay(database.application_url) as day,
        relaying(relay_options(database, kafka.bootstrap_servers)),
    ):
        day.open_market()
        stream = day.submit_trade("a trade", buyer_account_id="ACC100")
        wait_relayed(database, day.head)
    with psycopg.connect(database.application_url) as connection:
        row = connection.execute(
            "SELECT event_id, recorded_at FROM clearing_us.ledger_events WHERE originator_id = %s",
            (stream,),
        ).fetchone()
    assert row is not None
    (record,) = _records(kafka, incarnation, "clearing.TradeSubmitted.v1")
    event: Any = public_event_of(record.value)
    assert record.key == b"ACC100"
    assert (event.trade_id, event.submitted_by) == (str(an_id("a trade")), ACTOR)
    assert event.recorded_at == row[1]
    time = header(record, "ce_time")
    assert {name: bytes(value).decode() for name, value in record.headers} == {
        "ce_specversion": "1.0",
        "ce_source": f"/clearing/{SEGMENT}",
        "ce_type": "clearing.TradeSubmitted.v1",
        "ce_incarnation": incarnation,
        "content-type": "application/json",
        "ce_id": row[0].hex,
        "ce_time": time,
        "ce_subject": stream.partition(":")[2],
        "ce_ledgerposition": str(day.head),
    }
    assert msgspec.json.decode(f'"{time}"', type=type(row[1])) == row[1]


def _records(kafka: EmbeddedKafka, incarnation: str, kind: str) -> list[Any]:
    return [
        record
        for records in read_topics(kafka.bootstrap_servers).values()
        for record in records
        if header(record, "ce_incarnation") == incarnation and header(record, "ce_type") == kind
    ]


def test_every_partition_learns_the_position_that_the_relay_has_reached(
    database: Database, kafka: EmbeddedKafka
) -> None:
    incarnation = own_incarnation(database)
    with (
        RecordedDay(database.application_url) as day,
        relaying(relay_options(database, kafka.bootstrap_servers)),
    ):
        day.open_market()
        wait_relayed(database, day.head)
        _wait_for_heartbeats(kafka, incarnation, day.head)
    for record in _records(kafka, incarnation, HEARTBEAT):
        assert public_event_of(record.value) == Heartbeat(
            int(header(record, "ce_ledgerposition")), incarnation
        )


def _wait_for_heartbeats(kafka: EmbeddedKafka, incarnation: str, head: int) -> None:
    def all_have_it() -> bool:
        received = of_incarnation(read_topics(kafka.bootstrap_servers), incarnation)
        return all(
            any(each.type == HEARTBEAT and each.position == head for each in records)
            for records in received.values()
        )

    wait_until(all_have_it, "every partition has a heartbeat")


def test_an_unknown_type_halts_and_what_stands_before_it_is_published(
    database: Database, kafka: EmbeddedKafka
) -> None:
    own_incarnation(database)
    with RecordedDay(database.application_url) as day:
        day.open_market()
        known = day.head
        position = day.record_raw("TradeImagined.v1", b"{}")
    with (
        pytest.raises(UnreadableLedger, match=rf"position {position}.*TradeImagined\.v1"),
        relaying(relay_options(database, kafka.bootstrap_servers)) as running,
    ):
        running.wait_ended()
    # The last page may still have been under way: it comes again at the next start.
    assert relayed_until(database) <= known


def test_a_second_relay_stands_by_and_takes_over(database: Database, kafka: EmbeddedKafka) -> None:
    incarnation = own_incarnation(database)
    first = relay_options(database, kafka.bootstrap_servers, holder="first")
    second = relay_options(database, kafka.bootstrap_servers, holder="second")
    with RecordedDay(database.application_url) as day:
        with relaying(first):
            day.open_market()
            wait_relayed(database, day.head)
            with relaying(second) as standby:
                assert standby.relay.ready.wait(10)
                day.trade("while both run")
                wait_relayed(database, day.head)
        with relaying(second):
            day.trade("after the first")
            wait_relayed(database, day.head)
    received = of_incarnation(read_topics(kafka.bootstrap_servers), incarnation)
    assert assert_all_published(received, day.head) == 0


def test_a_topic_that_was_made_again_stops_the_relay_until_it_may_republish(
    database: Database, kafka: EmbeddedKafka
) -> None:
    incarnation = own_incarnation(database)
    options = relay_options(database, kafka.bootstrap_servers)
    with RecordedDay(database.application_url) as day:
        day.eventful()
    with relaying(options):
        wait_relayed(database, day.head)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    admin.delete_topics([TRANSFER_EVENTS.name])
    admin.close()
    with pytest.raises(TopicReplaced, match="transfer-events"), relaying(options) as running:
        running.wait_ended()
    with relaying(relay_options(database, kafka.bootstrap_servers, republish=True)):
        _wait_for_heartbeats(kafka, incarnation, day.head)
    received = of_incarnation(read_topics(kafka.bootstrap_servers), incarnation)
    assert assert_all_published(received, day.head) > 0


def test_a_new_incarnation_begins_at_the_end_of_the_log(database: Database) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        before = incarnations(connection, SEGMENT)
        begun = begin_incarnation(connection, SEGMENT)
        assert begun.since_position == day.head
        assert incarnations(connection, SEGMENT) == [*before, begun]
        assert begun.incarnation != before[-1].incarnation
