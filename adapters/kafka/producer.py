"""Publishing pages of records: whole batches through the stock client's sender.

`BatchProducer` encodes a page itself and hands the batches to the client's accumulator;
idempotence, retries and order stay the client's. It uses private attributes of kafka-python, whose
version is pinned for that; `StockProducer` does the same by `send()` alone, at ten times the cost.
One test covers both.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from kafka import KafkaProducer
from kafka.producer.producer_batch import ProducerBatch
from kafka.structs import TopicPartition

from adapters.kafka.records import (
    BATCH_BYTES_MAXIMUM,
    BatchBody,
    OutgoingRecord,
    ProducerState,
    check_sizes,
    encode_batch,
    encode_bodies,
)

Page = Mapping[TopicPartition, Sequence[OutgoingRecord]]
_NEVER_MILLISECONDS: Final = 10**12
"""A retried batch that expired would leave the client waiting for ever: we bound the wait."""
_METADATA_MILLISECONDS: Final = 5_000
_ABANDON_SECONDS: Final = 2.0


class PublishFailed(Exception):
    """The broker refused records, or the producer was abandoned; what follows must not be sent."""


class Publication:
    """A page under way."""

    def __init__(self, futures: Sequence[Any]) -> None:
        self._futures = list(futures)

    def wait(self, seconds: float) -> bool:
        """Whether the broker has acknowledged all of it; raises `PublishFailed`."""
        deadline = time.monotonic() + seconds
        while self._futures:
            future = self._futures[-1]
            if not future.wait(max(0.0, deadline - time.monotonic())):
                return False
            _, _, error_of = future.value
            if error_of is not None:
                raise PublishFailed(str(error_of(0)))
            self._futures.pop()
        return True


class Producer(Protocol):
    """Publishes pages in order; each partition gets its records in the order of the pages."""

    def publish(self, page: Page) -> Publication:
        """Hand a page over; returns at once. Raises `RecordTooLarge` before anything is sent."""
        ...

    def abandon(self) -> None:
        """Stop at once: what was not acknowledged may have arrived or not."""
        ...


class _Client:
    """The stock client with the settings that neither lose, double nor reorder."""

    def __init__(self, bootstrap_servers: str, **settings: Any) -> None:
        self._client: Any = KafkaProducer(
            bootstrap_servers=bootstrap_servers.split(","),
            client_id="clearing-relay",
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=_NEVER_MILLISECONDS,
            max_block_ms=_METADATA_MILLISECONDS,
            bootstrap_timeout_ms=_METADATA_MILLISECONDS,
            reconnect_backoff_max_ms=500,
            # Only for a broker that does not answer; one that is away is noticed at once.
            request_timeout_ms=10_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            **settings,
        )
        self._known: set[str] = set()

    def abandon(self) -> None:
        """Stop at once: what was not acknowledged may have arrived or not."""
        self._client._sender.force_close()  # noqa: SLF001 - `close()` waits for what will not come
        self._client._sender.join(_ABANDON_SECONDS)  # noqa: SLF001
        self._client.close(timeout=0)

    def _know(self, page: Page) -> None:
        """Make sure that the client knows the topics; raises kafka-python's errors."""
        for topic in {partition.topic for partition in page} - self._known:
            self._client.partitions_for(topic)
            self._known.add(topic)


class BatchProducer(_Client):
    """A `Producer` that encodes its batches itself."""

    def publish(self, page: Page) -> Publication:
        """See `Producer`."""
        self._know(page)
        # Everything is encoded, and its size checked, before anything is sent.
        encoded = [(partition, encode_bodies(records)) for partition, records in page.items()]
        now = time.time_ns() // 1_000_000
        futures = [
            self._enqueue(partition, body, now) for partition, bodies in encoded for body in bodies
        ]
        self._client._sender.wakeup()  # noqa: SLF001
        return Publication(futures)

    def _enqueue(self, partition: TopicPartition, body: BatchBody, timestamp: int) -> Any:
        accumulator = self._client._accumulator  # noqa: SLF001
        batch = ProducerBatch(partition, _EncodedRecords(body, timestamp))
        accumulator._appends_in_progress.increment()  # noqa: SLF001
        try:
            with accumulator._tp_lock(partition):  # noqa: SLF001
                if accumulator._closed:  # noqa: SLF001
                    raise PublishFailed("the producer was closed")
                accumulator._batches[partition].append(batch)  # noqa: SLF001
                accumulator._incomplete.add(batch)  # noqa: SLF001
        finally:
            accumulator._appends_in_progress.decrement()  # noqa: SLF001
        return batch.produce_future


class StockProducer(_Client):
    """A `Producer` by the client's own `send()`."""

    def __init__(self, bootstrap_servers: str) -> None:
        super().__init__(bootstrap_servers, batch_size=BATCH_BYTES_MAXIMUM, linger_ms=5)

    def publish(self, page: Page) -> Publication:
        """See `Producer`."""
        self._know(page)
        check_sizes(page.values())
        futures: dict[int, Any] = {}
        for partition, records in page.items():
            for key, value, template, values in records:
                sent = self._client.send(
                    partition.topic,
                    value,
                    key,
                    template.pairs(values),
                    partition.partition,
                )
                futures[id(sent._produce_future)] = sent._produce_future  # noqa: SLF001
        return Publication(list(futures.values()))


class _EncodedRecords:
    """What the client's sender needs of `MemoryRecordsBuilder`, around records encoded already."""

    def __init__(self, body: BatchBody, timestamp: int) -> None:
        self._body = body
        self._timestamp = timestamp
        self._state = ProducerState()
        self._encoded: bytes | None = None

    def append(self, *_: Any) -> None:
        """Closed for appends: the next record begins another batch."""

    def set_producer_state(self, producer_id: int, epoch: int, sequence: int, _: Any) -> None:
        """Who sends the batch, and which number it has."""
        self._state = ProducerState(producer_id, epoch, sequence)

    @property
    def producer_id(self) -> int:
        """Of the idempotent producer."""
        return self._state.producer_id

    @property
    def producer_epoch(self) -> int:
        """Of the idempotent producer."""
        return self._state.epoch

    @property
    def base_sequence(self) -> int:
        """The number of the batch's first record within its partition."""
        return self._state.sequence

    def close(self) -> None:
        """Encode; the state does not change any more."""
        if self._encoded is None:
            self._encoded = encode_batch(self._body, self._timestamp, self._state)

    def buffer(self) -> bytes:
        """The batch, once it is closed."""
        assert self._encoded is not None
        return self._encoded

    def size_in_bytes(self) -> int:
        """The size of the batch."""
        return len(self._encoded) if self._encoded is not None else len(self._body.data) + 61

    def compression_rate(self) -> float:
        """Not compressed."""
        return 1.0

    def is_full(self) -> bool:
        """Ready to go."""
        return True

    def next_offset(self) -> int:
        """How many records there are."""
        return self._body.length
