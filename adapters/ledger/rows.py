"""Rows of the log, and their encoding for PostgreSQL's binary COPY.

Written by hand because it is the hottest loop of the write path
(https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format").
"""

import os
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

COPY_COLUMNS: Final = (
    "notification_id, recorded_at, event_id, originator_version, causation, originator_id, topic,"
    " state, metadata"
)
_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Nine columns: id, recorded at, event id, version, causation, each behind its length; the length of
# the stream's name follows.
_FIXED = struct.Struct(">hiqiqi16siqiqi")
_FIXED_WITHOUT_CAUSATION = struct.Struct(">hiqiqi16siqii")
_LENGTH = struct.Struct(">i")
# The four bits of a UUID's version and the two of its variant (RFC 9562, version 4).
_UUID_CLEARED: Final = bytes.fromhex("ffffffffffff0fff3fffffffffffffff")
_UUID_SET: Final = bytes.fromhex("00000000000040008000000000000000")


STATE_BYTES_MAXIMUM: Final = 60 * 1024
METADATA_BYTES_MAXIMUM: Final = 2 * 1024
"""Together with the state it must fit an entry of 65,535 bytes (adapters/ledger/entry.py)."""


class EventTooLarge(ValueError):
    """An event's stored bytes exceed 60 KiB, or its metadata 2 KiB; nothing was appended."""


class LogRow(NamedTuple):
    """One event to append: all that the appender does not assign itself."""

    stream: str
    version: int
    topic: str
    state: bytes
    causation: int | None = None
    metadata: bytes | None = None


def microseconds_since_epoch(moment: datetime) -> int:
    """PostgreSQL's own count: microseconds since the year 2000, exactly."""
    delta = moment - _POSTGRES_EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def random_event_ids(count: int) -> bytes:
    """`count` random UUIDs (version 4), 16 bytes each, from one call for randomness.

    They are also the salt that keeps a public leaf hash from confirming a guess of the event.
    """
    # One large integer, so that the bits of all are set at once.
    raw = int.from_bytes(os.urandom(16 * count))
    fixed = raw & int.from_bytes(_UUID_CLEARED * count) | int.from_bytes(_UUID_SET * count)
    return fixed.to_bytes(16 * count)


class PreparedRow(NamedTuple):
    """A row encoded as far as it can be before its position is known."""

    version: int
    causation: int | None
    stream_length: int
    tail: bytes


def prepare(rows: Iterable[LogRow]) -> list[PreparedRow]:
    """Encode all but position and recorded time: what need not happen under the append lock.

    Raises `EventTooLarge`.
    """
    length = _LENGTH.pack
    topics: dict[str, bytes] = {}
    prepared = []
    for stream, version, topic, state, causation, metadata in rows:
        if len(state) > STATE_BYTES_MAXIMUM or (
            metadata is not None and len(metadata) > METADATA_BYTES_MAXIMUM
        ):
            raise EventTooLarge(f"{topic} in {stream}: {len(state)} bytes")
        encoded_topic = topics.get(topic)
        if encoded_topic is None:
            raw = topic.encode()
            encoded_topic = topics[topic] = length(len(raw)) + raw
        encoded_stream = stream.encode()
        parts = (
            encoded_stream,
            encoded_topic,
            length(len(state)),
            state,
            _NULL if metadata is None else length(len(metadata)) + metadata,
        )
        prepared.append(PreparedRow(version, causation, len(encoded_stream), b"".join(parts)))
    return prepared


def encode_copy(
    rows: Sequence[PreparedRow], first_position: int, recorded_at: datetime, event_ids: bytes
) -> bytes:
    """The whole of a binary COPY: rows numbered from `first_position`, all of one recorded time."""
    recorded = microseconds_since_epoch(recorded_at)
    parts = [_SIGNATURE]
    append = parts.append
    with_causation, without_causation = _FIXED.pack, _FIXED_WITHOUT_CAUSATION.pack
    offset = 0
    position = first_position
    for version, causation, stream_length, tail in rows:
        event_id = event_ids[offset : offset + 16]
        if causation is None:
            fixed = without_causation(
                9, 8, position, 8, recorded, 16, event_id, 8, version, -1, stream_length
            )
        else:
            fixed = with_causation(
                9, 8, position, 8, recorded, 16, event_id, 8, version, 8, causation, stream_length
            )
        append(fixed)
        append(tail)
        offset += 16
        position += 1
    append(_TRAILER)
    return b"".join(parts)
