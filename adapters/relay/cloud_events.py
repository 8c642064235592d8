"""Public events as CloudEvents 1.0 over Kafka, binary mode: attributes in headers, JSON as value.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from kafka.structs import TopicPartition

from adapters.kafka.records import HeaderTemplate, OutgoingRecord
from adapters.relay.pages import IdentifiedEvent
from domain.kernel.event import Event
from projections.public_events.envelope import Heartbeat
from projections.public_events.slots import partition_of
from projections.public_events.topics import RELAYED_TOPICS, ROUTES
from projections.public_events.translation import PUBLIC_TYPES, TRANSLATORS, Translate

Records = defaultdict[TopicPartition, list[OutgoingRecord]]
HEARTBEAT_KEY: Final = b"heartbeat"
_OF_EACH_EVENT: Final = ("ce_id", "ce_time", "ce_subject", "ce_ledgerposition")
_encode = msgspec.json.Encoder().encode

ALL_PARTITIONS: Final = tuple(
    TopicPartition(topic.name, number)
    for topic in RELAYED_TOPICS
    for number in range(topic.partitions)
)


class _Kind(NamedTuple):
    translate: Translate
    key_field: str
    partitions: list[TopicPartition]
    headers: HeaderTemplate


class CloudEvents:
    """Makes records for one segment and one incarnation."""

    def __init__(self, segment: str, incarnation: str) -> None:
        self._incarnation = incarnation
        self._fixed = {
            "ce_specversion": "1.0",
            "ce_source": f"/clearing/{segment}",
            "ce_incarnation": incarnation,
            "content-type": "application/json",
        }
        self._kinds: Final = {stored: self._kind(stored) for stored in PUBLIC_TYPES}
        heartbeat = self._fixed | {"ce_type": str(Heartbeat.__struct_config__.tag)}
        self._heartbeat: Final = HeaderTemplate(heartbeat, ("ce_id", "ce_ledgerposition"))

    def _kind(self, stored: type[Event]) -> _Kind:
        _, public = PUBLIC_TYPES[stored]
        route = ROUTES[public]
        partitions = [
            TopicPartition(route.topic.name, number) for number in range(route.topic.partitions)
        ]
        fixed = self._fixed | {"ce_type": str(public.__struct_config__.tag)}
        template = HeaderTemplate(fixed, _OF_EACH_EVENT)
        return _Kind(TRANSLATORS[stored], route.key_field, partitions, template)

    def add(self, records: Records, events: Iterable[IdentifiedEvent]) -> None:
        """Add the events to their partitions' records, in order."""
        kinds = self._kinds
        time, encoded_time = datetime.min, b""  # noqa: DTZ901 - equal to no time of the ledger
        for event_id, recorded in events:
            position, recorded_at, stream, event, _ = recorded
            translate, key_field, partitions, headers = kinds[type(event)]
            public = translate(recorded)
            key = getattr(public, key_field)
            number = partition_of(key) if len(partitions) > 1 else 0
            if recorded_at is not time and recorded_at != time:
                # An append has one time for all of its rows.
                time, encoded_time = recorded_at, _encode(recorded_at)[1:-1]
            subject = stream.partition(":")[2]
            values = (event_id.hex().encode(), encoded_time, subject.encode(), b"%d" % position)
            record = (key.encode(), _encode(public), headers, values)
            records[partitions[number]].append(record)

    def add_heartbeat(
        self, records: Records, partitions: Iterable[TopicPartition], position: int
    ) -> None:
        """Say at the end of each partition that it is complete up to a position."""
        number = b"%d" % position
        value = _encode(Heartbeat(position, self._incarnation))
        values = (b"heartbeat-%b" % number, number)
        record = (HEARTBEAT_KEY, value, self._heartbeat, values)
        for partition in partitions:
            records[partition].append(record)
