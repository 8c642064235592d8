"""The embedded Kafka starts, keeps its records, and comes back where it was from kill -9."""

import os
import signal

import psutil
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from adapters.embedded.kafka import EmbeddedKafka
from adapters.embedded.process import is_running

_TOPIC = "embedded-kafka-test"


def make_topic(server: EmbeddedKafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=server.bootstrap_servers)
    admin.create_topics([NewTopic(_TOPIC, num_partitions=1, replication_factor=1)])
    admin.close()


def publish(server: EmbeddedKafka, text: str) -> None:
    producer = KafkaProducer(bootstrap_servers=server.bootstrap_servers, acks="all")
    producer.send(_TOPIC, text.encode(), partition=0).get(timeout=20)
    producer.close()


def published(server: EmbeddedKafka) -> list[str]:
    consumer = KafkaConsumer(
        bootstrap_servers=server.bootstrap_servers, consumer_timeout_ms=3_000, group_id=None
    )
    partition = TopicPartition(_TOPIC, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    found = []
    for record in consumer:
        found.append(record.value.decode())
        if record.offset == end - 1:
            break
    consumer.close()
    return found


def test_what_was_acknowledged_survives_kill_9_and_is_found_at_the_same_address(
    kafka: EmbeddedKafka,
) -> None:
    make_topic(kafka)
    publish(kafka, "acknowledged")
    address, pid = kafka.bootstrap_servers, kafka.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    kafka.start()
    assert kafka.pid != pid
    assert kafka.bootstrap_servers == address
    assert published(kafka) == ["acknowledged"]


def test_one_that_runs_is_taken_over(kafka: EmbeddedKafka) -> None:
    second = EmbeddedKafka(kafka.directory.parent)
    assert second.adopt()
    assert second.pid == kafka.pid
    assert second.bootstrap_servers == kafka.bootstrap_servers


def test_it_listens_on_this_machine_only(kafka: EmbeddedKafka) -> None:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(kafka.pid).net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_it_is_out_of_reach_of_the_terminals_interrupt(kafka: EmbeddedKafka) -> None:
    assert kafka.pid is not None
    assert os.getsid(kafka.pid) != os.getsid(0)
    assert is_running(psutil.Process(kafka.pid))
