"""Both producers keep the same promises, against a real broker."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.structs import TopicPartition

from adapters.embedded.kafka import EmbeddedKafka
from adapters.kafka.producer import BatchProducer, Producer, StockProducer
from adapters.kafka.records import HeaderTemplate, OutgoingRecord, RecordTooLarge
from adapters.kafka.topics import WrongTopic, ensure_topics
from projections.public_events.topics import Topic
from tests.adapters.kafka.reading import read_topics

HEADERS = HeaderTemplate({"ce_specversion": "1.0"}, ("ce_id",))


def a_topic(partitions: int = 2) -> Topic:
    return Topic(f"test-{uuid4()}", "number", "A test's own.", partitions)


def a_record(number: int, size: int = 20) -> OutgoingRecord:
    return b"k", b"%d " % number + b"v" * size, HEADERS, (b"%d" % number,)


@pytest.fixture
def topic(kafka: EmbeddedKafka) -> Topic:
    topic = a_topic()
    ensure_topics(kafka.bootstrap_servers, [topic], replicas=1)
    return topic


@pytest.fixture(params=[BatchProducer, StockProducer])
def producer(kafka: EmbeddedKafka, request: pytest.FixtureRequest) -> Iterator[Producer]:
    make: Callable[[str], Producer] = request.param
    producer = make(kafka.bootstrap_servers)
    yield producer
    producer.abandon()


def test_pages_arrive_once_in_order_and_whole(
    kafka: EmbeddedKafka, topic: Topic, producer: Producer
) -> None:
    sent: dict[TopicPartition, list[OutgoingRecord]] = {}
    publications = []
    for page in range(20):
        records = {
            TopicPartition(topic.name, partition): [
                a_record(1_000 * page + number, size=number) for number in range(100)
            ]
            for partition in range(2)
        }
        for partition, part in records.items():
            sent.setdefault(partition, []).extend(part)
        publications.append(producer.publish(records))
    assert all(publication.wait(30) for publication in publications)
    received = read_topics(kafka.bootstrap_servers, [topic])
    assert {
        partition: [(record.key, record.value, list(record.headers)) for record in records]
        for partition, records in received.items()
    } == {
        partition: [(record[0], record[1], HEADERS.pairs(record[3])) for record in records]
        for partition, records in sent.items()
    }


def test_a_page_larger_than_a_batch_arrives_in_order(
    kafka: EmbeddedKafka, topic: Topic, producer: Producer
) -> None:
    partition = TopicPartition(topic.name, 1)
    records = [a_record(number, size=50_000) for number in range(60)]
    assert producer.publish({partition: records}).wait(30)
    received = read_topics(kafka.bootstrap_servers, [topic])
    assert [each.value for each in received[partition]] == [value for _, value, _, _ in records]


def test_a_record_that_is_too_large_stops_its_page_and_nothing_else(
    kafka: EmbeddedKafka, topic: Topic, producer: Producer
) -> None:
    partition = TopicPartition(topic.name, 0)
    with pytest.raises(RecordTooLarge):
        producer.publish({partition: [a_record(1), a_record(2, size=1_000_000)]})
    assert producer.publish({partition: [a_record(3)]}).wait(30)
    received = read_topics(kafka.bootstrap_servers, [topic])
    assert [each.value for each in received[partition]] == [a_record(3)[1]]


def test_what_an_abandoned_producer_had_not_sent_has_failed(
    kafka: EmbeddedKafka, topic: Topic, producer: Producer
) -> None:
    assert producer.publish({TopicPartition(topic.name, 0): [a_record(1)]}).wait(30)
    producer.abandon()
    with pytest.raises(Exception, match=r"(?i)closed"):
        producer.publish({TopicPartition(topic.name, 0): [a_record(2)]}).wait(5)


def test_a_topic_made_again_has_another_id(kafka: EmbeddedKafka, topic: Topic) -> None:
    before = ensure_topics(kafka.bootstrap_servers, [topic], replicas=1)
    assert ensure_topics(kafka.bootstrap_servers, [topic], replicas=1) == before
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    admin.delete_topics([topic.name])
    admin.close()
    after = ensure_topics(kafka.bootstrap_servers, [topic], replicas=1)
    assert after[topic.name] != before[topic.name]


def test_a_topic_with_other_partitions_than_the_slot_map_is_refused(
    kafka: EmbeddedKafka, topic: Topic
) -> None:
    with pytest.raises(WrongTopic, match="2 partitions instead of 3"):
        ensure_topics(kafka.bootstrap_servers, [topic._replace(partitions=3)], replicas=1)
