"""Pages in flight: published in order, settled in order, bounded in number."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Container, Sequence
from typing import Final, NamedTuple

import structlog
from kafka.structs import TopicPartition

from adapters.kafka.producer import Producer, Publication, PublishFailed
from adapters.relay.cloud_events import ALL_PARTITIONS, CloudEvents, Records
from adapters.relay.metrics import (
    RELAY_BROKER_WAITING,
    RELAY_PAGES_IN_FLIGHT,
    RELAY_POSITION,
    RELAY_PUBLISH_SECONDS,
    RELAY_RECORDS,
)
from adapters.relay.pages import IdentifiedEvent

PAGES_IN_FLIGHT_MAXIMUM: Final = 3
_LOOK_SECONDS: Final = 0.5
_NOTICE_SECONDS: Final = 5.0
_GIVE_UP_SECONDS: Final = 120.0
_BEAT_SECONDS: Final = 0.1
"""How long a partition without events may be without the position that others have reached."""
_IDLE_BEAT_SECONDS: Final = 5.0
log = structlog.get_logger()


class _InFlight(NamedTuple):
    publication: Publication
    position: int
    events: int
    begun: float


class PagePublisher:
    """Publishes pages; `acknowledged` is called with the position of each, in order.

    `still_waiting` is called twice a second while the broker keeps us waiting, and may raise.
    """

    def __init__(
        self,
        producer: Producer,
        cloud_events: CloudEvents,
        *,
        position: int,
        acknowledged: Callable[[int], None],
        still_waiting: Callable[[], None],
    ) -> None:
        self._producer = producer
        self._cloud_events = cloud_events
        self._position = position
        self._acknowledged = acknowledged
        self._still_waiting = still_waiting
        self._in_flight: deque[_InFlight] = deque()
        self._beats = dict.fromkeys(ALL_PARTITIONS, -1)
        self._beaten_at = 0.0

    @property
    def is_settled(self) -> bool:
        """Whether the broker has acknowledged everything."""
        return not self._in_flight

    def publish(self, events: Sequence[IdentifiedEvent]) -> None:
        """Send the next page, with heartbeats behind; waits while too much is under way.

        Raises `PublishFailed`, `RecordTooLarge` and kafka-python's errors.
        """
        self._position = events[-1][1].position
        records: Records = defaultdict(list)
        self._cloud_events.add(records, events)
        self._send(records, [*records, *self._silent_partitions(except_for=records)], len(events))

    def beat(self) -> None:
        """Heartbeats for partitions that lag behind the position, now and then for all."""
        partitions = self._silent_partitions(except_for={})
        if not partitions and time.monotonic() - self._beaten_at >= _IDLE_BEAT_SECONDS:
            self._beaten_at = time.monotonic()
            partitions = list(ALL_PARTITIONS)
        if partitions:
            self._send(defaultdict(list), partitions, 0)

    def _silent_partitions(self, *, except_for: Container[TopicPartition]) -> list[TopicPartition]:
        """Those that were left behind by others, if it is time to look."""
        now = time.monotonic()
        if now - self._beaten_at < _BEAT_SECONDS:
            return []
        self._beaten_at = now
        return [
            each
            for each, position in self._beats.items()
            if position < self._position and each not in except_for
        ]

    def _send(self, records: Records, partitions: Sequence[TopicPartition], events: int) -> None:
        while len(self._in_flight) >= PAGES_IN_FLIGHT_MAXIMUM:
            self.settle_one()
        self._cloud_events.add_heartbeat(records, partitions, self._position)
        begun = time.monotonic()
        publication = self._producer.publish(records)
        self._beats.update(dict.fromkeys(partitions, self._position))
        self._in_flight.append(_InFlight(publication, self._position, events, begun))
        RELAY_PAGES_IN_FLIGHT.set(len(self._in_flight))

    def settle_one(self) -> None:
        """Wait for the oldest page; raises `PublishFailed`, and what `still_waiting` raises."""
        page = self._in_flight[0]
        noticed = False
        while not page.publication.wait(_LOOK_SECONDS):
            self._still_waiting()
            waited = time.monotonic() - page.begun
            if waited > _GIVE_UP_SECONDS:
                raise PublishFailed(f"no acknowledgement for {waited:.0f} s")
            if waited > _NOTICE_SECONDS and not noticed:
                noticed = True
                RELAY_BROKER_WAITING.set(1)
                log.warning("relay_waits_for_broker", position=page.position)
        self._settled(page)
        if noticed:
            RELAY_BROKER_WAITING.set(0)
            log.info("relay_goes_on", position=page.position)

    def settle_ready(self) -> None:
        """Account for what has been acknowledged meanwhile, without waiting."""
        while self._in_flight and self._in_flight[0].publication.wait(0):
            self._settled(self._in_flight[0])

    def _settled(self, page: _InFlight) -> None:
        self._acknowledged(page.position)
        self._in_flight.popleft()
        RELAY_POSITION.set(page.position)
        RELAY_RECORDS.inc(page.events)
        RELAY_PUBLISH_SECONDS.observe(time.monotonic() - page.begun)
        RELAY_PAGES_IN_FLIGHT.set(len(self._in_flight))
