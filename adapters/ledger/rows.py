"""Rows of the log, and their encoding for PostgreSQL's binary COPY.

Written by hand because it is the hottest loop of the write path
(https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format").
"""

import os
import struct
from collections.abc import Sequence
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
# Nine columns: id, recorded at, event id, version, causation, each behind its length.
_FIXED = struct.Struct(">hiqiqi16siqiq")
_FIXED_WITHOUT_CAUSATION = struct.Struct(">hiqiqi16siqi")
_LENGTH = struct.Struct(">i")
_UUID_VERSION_MASK: Final = 0x0F
_UUID_VARIANT_MASK: Final = 0x3F


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
    raw = bytearray(os.urandom(16 * count))
    for offset in range(0, len(raw), 16):
        raw[offset + 6] = raw[offset + 6] & _UUID_VERSION_MASK | 0x40
        raw[offset + 8] = raw[offset + 8] & _UUID_VARIANT_MASK | 0x80
    return bytes(raw)


def encode_copy(
    rows: Sequence[LogRow], first_position: int, recorded_at: datetime, event_ids: bytes
) -> bytes:
    """The whole of a binary COPY: rows numbered from `first_position`, all of one recorded time."""
    recorded = microseconds_since_epoch(recorded_at)
    length = _LENGTH.pack
    topics: dict[str, bytes] = {}
    parts = [_SIGNATURE]
    append = parts.extend
    offset = 0
    for position, row in enumerate(rows, first_position):
        stream, version, topic, state, causation, metadata = row
        event_id = event_ids[offset : offset + 16]
        offset += 16
        encoded_topic = topics.get(topic)
        if encoded_topic is None:
            raw = topic.encode()
            encoded_topic = topics[topic] = length(len(raw)) + raw
        encoded_stream = stream.encode()
        if causation is None:
            fixed = _FIXED_WITHOUT_CAUSATION.pack(
                9, 8, position, 8, recorded, 16, event_id, 8, version, -1
            )
        else:
            fixed = _FIXED.pack(9, 8, position, 8, recorded, 16, event_id, 8, version, 8, causation)
        append(
            (
                fixed,
                length(len(encoded_stream)),
                encoded_stream,
                encoded_topic,
                length(len(state)),
                state,
                _NULL if metadata is None else length(len(metadata)) + metadata,
            )
        )
    parts.append(_TRAILER)
    return b"".join(parts)
