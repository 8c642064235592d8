"""Reading topics from beginning to end, with the stock consumer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from projections.public_events.topics import RELAYED_TOPICS, Topic

Received = dict[TopicPartition, list[Any]]
HEARTBEAT = "clearing.Heartbeat.v1"


def read_topics(bootstrap_servers: str, topics: Iterable[Topic] = RELAYED_TOPICS) -> Received:
    """Every record of the topics, by partition, in order."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers, enable_auto_commit=False, metrics_enabled=False
    )
    try:
        partitions = [
            TopicPartition(topic.name, number)
            for topic in topics
            for number in range(topic.partitions)
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        received: Received = {partition: [] for partition in partitions}
        while any(consumer.position(each) < ends[each] for each in partitions):
            for partition, records in consumer.poll(timeout_ms=1_000).items():
                received[partition] += records
        return received
    finally:
        consumer.close()


class Seen(msgspec.Struct, frozen=True):
    """A record as the tests of the relay look at it."""

    position: int
    type: str
    key: str


def of_incarnation(received: Received, incarnation: str) -> dict[TopicPartition, list[Seen]]:
    """The records of one ledger: databases of other tests publish to the same topics."""
    return {
        partition: [
            _seen(record) for record in records if header(record, "ce_incarnation") == incarnation
        ]
        for partition, records in received.items()
    }


def _seen(record: Any) -> Seen:
    return Seen(
        int(header(record, "ce_ledgerposition")), header(record, "ce_type"), record.key.decode()
    )


def header(record: Any, name: str) -> str:
    """One header of a record."""
    return bytes(dict(record.headers)[name]).decode()


def assert_all_published(received: Mapping[TopicPartition, Sequence[Seen]], head: int) -> int:
    """Every position arrived, none first after a later one of its partition, heartbeats true.

    Returns how many records were repetitions.
    """
    positions: set[int] = set()
    repeated = 0
    for partition, records in received.items():
        own = sorted({each.position for each in records if each.type != HEARTBEAT})
        first_seen: list[int] = []
        for record in records:
            highest = first_seen[-1] if first_seen else 0
            if record.type == HEARTBEAT:
                missing = [each for each in own if highest < each <= record.position]
                assert not missing, f"{partition} was not complete at {record.position}: {missing}"
            elif record.position > highest:
                first_seen.append(record.position)
            else:
                repeated += 1
        assert first_seen == own, f"{partition}: some came only after later ones"
        assert not positions & set(own)
        positions |= set(own)
    assert positions == set(range(1, head + 1))
    return repeated
