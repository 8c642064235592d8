"""The bytes of a log entry: hashed, exported and verified. Frozen: docs/ledger-entries.md.

Made from stored columns alone, so that somebody else's program can rebuild them from an export or
with nothing but psql.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

ENTRY_COLUMNS: Final = (
    "notification_id, originator_id, originator_version, topic, recorded_at, event_id, causation,"
    " metadata, state"
)
"""The columns of `ledger_events` in the order of `EntryRow`."""
ENTRY_BYTES_MAXIMUM: Final = 65_535
"""Bundles of entries put a 16-bit length before each (C2SP tlog-tiles)."""
_LEAF_PREFIX: Final = b"\x00"
# Visible ASCII without the quotation mark and the backslash: such a name is its own JSON string.
_PLAIN_NAME: Final = re.compile(r"[!#-\[\]-~]+")


class MalformedEntry(ValueError):
    """A row whose entry the format does not describe; it can only come from another writer."""


class EntryRow(NamedTuple):
    """The stored columns of an event, as psycopg hands them over."""

    position: int
    stream: str
    version: int
    type: str
    recorded_at: datetime
    event_id: UUID
    causation: int | None
    metadata: bytes | None
    state: bytes


def entry_bytes(row: EntryRow) -> bytes:
    """The entry at `row.position`: one JSON object in fixed order, without any white space.

    State and metadata are spliced in as they are stored. Raises `MalformedEntry`.
    """
    if not _PLAIN_NAME.fullmatch(row.stream) or not _PLAIN_NAME.fullmatch(row.type):
        raise MalformedEntry(f"position {row.position}: stream or type needs escaping")
    at = row.recorded_at.astimezone(UTC)
    causation = "null" if row.causation is None else str(row.causation)
    envelope = (
        f'{{"position":{row.position},"stream":"{row.stream}","version":{row.version}'
        f',"type":"{row.type}"'
        f',"recorded_at":"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}Z"'
        f',"event_id":"{row.event_id}","causation":{causation},"metadata":'
    )
    metadata = b"null" if row.metadata is None else row.metadata
    entry = b"".join((envelope.encode(), metadata, b',"data":', row.state, b"}"))
    if len(entry) > ENTRY_BYTES_MAXIMUM:
        raise MalformedEntry(f"position {row.position}: an entry of {len(entry)} bytes")
    return entry


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of a zero byte and the entry: its leaf in the Merkle tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(_LEAF_PREFIX + entry).digest()
