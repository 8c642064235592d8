"""The relay: tails the log, publishes every event, remembers how far the broker has it.

The position is stored after the acknowledgement, so events may come again and are never skipped.
One relay leads by a lease; the others stand by. What a relay that lost its lease still sends is a
repetition: the new one begins at a position that was acknowledged, and each of them sends every
partition in order, so a reader that drops what is not above the highest position it has seen reads
every event once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import psycopg
import structlog
from kafka.errors import KafkaError
from psycopg import Connection

from adapters.kafka.producer import BatchProducer, Producer, PublishFailed
from adapters.kafka.topics import ensure_topics
from adapters.ledger.append import Fence, append_statements
from adapters.ledger.incarnation import incarnations
from adapters.ledger.schema import ledger_channel
from adapters.ledger.wake import LogWake
from adapters.relay.cloud_events import CloudEvents
from adapters.relay.metrics import RELAY_BROKER_WAITING, RELAY_LEADER, RELAY_RECONNECTS
from adapters.relay.pages import LogPages
from adapters.relay.position import RELAY_APPLICATION, RelayPosition
from adapters.relay.publisher import PagePublisher
from adapters.worker.lease import Lease, Renewal
from adapters.worker.worker import LostLeadership
from projections.public_events.topics import RELAYED_TOPICS

_STANDBY_LOOKS_A_LEASE: Final = 5
_IDLE_SECONDS: Final = 0.1
_SMALL_PAGE: Final = 500
_REST_SECONDS: Final = 0.02
"""After a small page: a batch costs the same for one record as for many."""
_RETRY_SECONDS: Final = 1.0
_DRAIN_SECONDS: Final = 10.0
log = structlog.get_logger()


class RelayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that a relay needs."""

    database_url: str
    bootstrap_servers: str
    segment: str
    holder: str
    lease_seconds: float
    page_limit: int
    replicas: int
    republish: bool = False
    make_producer: Callable[[str], Producer] = BatchProducer


class _Stopped(Exception):
    """The broker did not answer within the time that a stop may take."""


class Relay:
    """`run` stands by until it leads, then publishes until it is stopped.

    A broker that is away is waited for. A lost database or lease ends the run: a new start goes on
    from the stored position.
    """

    def __init__(self, options: RelayOptions) -> None:
        self._options = options
        self._stop = threading.Event()
        self._stopped_at: float | None = None
        self._lost_because: str | None = None
        self._wake: LogWake | None = None
        self.ready = threading.Event()

    def stop(self) -> None:
        """Let what is under way be acknowledged, store the position, hand over."""
        self._stopped_at = time.monotonic()
        self._stop.set()
        wake = self._wake
        if wake is not None:
            wake.interrupt()

    def run(self) -> None:
        """Lead and publish; returns after `stop`.

        Raises `UnreadableLedger` with the position, `TopicReplaced`, `WrongTopic`,
        `RecordTooLarge`, `FencedOut`, `LostLeadership`, and psycopg's errors.
        """
        options = self._options
        with psycopg.connect(
            options.database_url, autocommit=True, application_name="clearing relay"
        ) as connection:
            lease = Lease(
                connection,
                segment=options.segment,
                holder=options.holder,
                lease_seconds=options.lease_seconds,
                name=RELAY_APPLICATION,
            )
            fence = self._stand_by(lease)
            if fence is not None:
                self._lead(connection, fence)
                lease.release(fence)

    def _stand_by(self, lease: Lease) -> Fence | None:
        statements = append_statements(self._options.segment)
        log.info("standing by", holder=self._options.holder)
        self.ready.set()
        while not self._stop.is_set():
            fence = lease.try_acquire(statements)
            if fence is not None:
                log.info("relaying", holder=self._options.holder, epoch=fence.epoch)
                return fence
            self._stop.wait(self._options.lease_seconds / _STANDBY_LOOKS_A_LEASE)
        return None

    def _lead(self, connection: Connection[Any], fence: Fence) -> None:
        options = self._options
        renewal = Renewal(
            options.database_url,
            segment=options.segment,
            fence=fence,
            lease_seconds=options.lease_seconds,
            on_lost=self._lost,
        )
        renewal.start()
        RELAY_LEADER.set(1)
        pages = LogPages(options.database_url, options.segment)
        try:
            with LogWake(options.database_url, ledger_channel(options.segment)) as self._wake:
                self._follow(connection, fence, renewal, pages, self._wake)
        finally:
            self._wake = None
            pages.close()
            RELAY_LEADER.set(0)
            renewal.close()

    def _follow(
        self,
        connection: Connection[Any],
        fence: Fence,
        renewal: Renewal,
        pages: LogPages,
        wake: LogWake,
    ) -> None:
        """Publish with one producer after the other until stopped."""
        position = RelayPosition(connection, self._options.segment)
        republish = self._options.republish
        while not self._stop.is_set():
            producer: Producer | None = None
            try:
                ids = ensure_topics(
                    self._options.bootstrap_servers, RELAYED_TOPICS, replicas=self._options.replicas
                )
                if republish:
                    position.start_over(ids, fence)
                    republish = False
                position.check_topics(ids)
                producer = self._options.make_producer(self._options.bootstrap_servers)
                RELAY_BROKER_WAITING.set(0)
                self._publish(connection, fence, renewal, pages, wake, producer, position)
            except (KafkaError, PublishFailed) as error:
                RELAY_RECONNECTS.inc()
                RELAY_BROKER_WAITING.set(1)
                log.warning("relay_lost_broker", cause=f"{type(error).__name__}: {error}")
                self._checkpoint(renewal)
                self._stop.wait(_RETRY_SECONDS)
            except _Stopped:
                log.warning("relay_stopped_without_broker", position=position.read())
            finally:
                if producer is not None:
                    producer.abandon()

    def _publish(
        self,
        connection: Connection[Any],
        fence: Fence,
        renewal: Renewal,
        pages: LogPages,
        wake: LogWake,
        producer: Producer,
        stored: RelayPosition,
    ) -> None:
        after = stored.read()
        now = incarnations(connection, self._options.segment)[-1]
        publisher = PagePublisher(
            producer,
            CloudEvents(self._options.segment, now.incarnation),
            position=after,
            acknowledged=lambda position: stored.store(position, fence),
            still_waiting=lambda: self._checkpoint(renewal),
        )
        log.info("publishing", position=after, incarnation=now.incarnation)
        while not self._stop.is_set():
            self._checkpoint(renewal)
            events = pages.after(after, self._options.page_limit)
            if events:
                publisher.publish(events)
                after = events[-1][1].position
                publisher.settle_ready()
                if len(events) < _SMALL_PAGE:
                    self._stop.wait(_REST_SECONDS)
            elif not publisher.is_settled:
                publisher.settle_one()
            else:
                publisher.beat()
                if publisher.is_settled:
                    wake.wait(after, _IDLE_SECONDS)
        while not publisher.is_settled:
            publisher.settle_one()

    def _checkpoint(self, renewal: Renewal) -> None:
        """Show that we live; raises `LostLeadership`, or `_Stopped` when a stop takes too long."""
        renewal.progress()
        if self._lost_because is not None:
            raise LostLeadership(self._lost_because)
        if self._stopped_at is not None and time.monotonic() - self._stopped_at > _DRAIN_SECONDS:
            raise _Stopped

    def _lost(self, reason: str) -> None:
        self._lost_because = reason
        self.stop()
