"""Which partition a key belongs to: a fixed number of slots, and one map from slots to partitions.

A slot is CRC-32 (ISO 3309, as of zlib) of the key's UTF-8 bytes, modulo `SLOTS`. That is for ever.
Only the map may change, at a position where all partitions have been read to their ends: a hash
modulo the number of partitions would break the order of accounts when a topic grows.
"""

from functools import lru_cache
from typing import Final
from zlib import crc32

SLOTS: Final = 1_024
ACCOUNT_PARTITIONS: Final = 4
"""Partitions of every topic that is keyed by an account: an account has the same in all."""
SLOT_MAP: Final[tuple[int, ...]] = tuple(
    slot * ACCOUNT_PARTITIONS // SLOTS for slot in range(SLOTS)
)


def slot_of(key: str) -> int:
    """The slot of a key, the same in every program and for ever."""
    return crc32(key.encode()) % SLOTS


@lru_cache(maxsize=65_536)  # accounts come again and again
def partition_of(key: str) -> int:
    """The partition of a key in every topic that has `ACCOUNT_PARTITIONS`."""
    return SLOT_MAP[slot_of(key)]
