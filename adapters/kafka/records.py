"""Records to publish, and their encoding as record batches of version 2.

Written by hand because it is the relay's hottest loop
(https://kafka.apache.org/documentation/#recordbatch); a test reads it back with the stock client.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from crc32c import crc32c
from kafka.record.util import encode_varint

BATCH_BYTES_MAXIMUM: Final = 900_000
"""Below the broker's default of 1,048,588: the sender would not come back from a refused batch."""
_FROM_ATTRIBUTES: Final = struct.Struct(">hiqqqhii")
_TO_CHECKSUM: Final = struct.Struct(">qiibI")
_BATCH_OVERHEAD: Final = _TO_CHECKSUM.size + _FROM_ATTRIBUTES.size
_HEADER_NAMES_MAXIMUM: Final = 2_000
_LENGTH_COVERS: Final = 9
_MAGIC: Final = 2


def _varint(number: int) -> bytes:
    encoded = bytearray()
    encode_varint(number, encoded.append)
    return bytes(encoded)


_VARINTS: Final = [_varint(number) for number in range(1 << 16)]
_RECORDS_A_BATCH: Final = len(_VARINTS)


class RecordTooLarge(ValueError):
    """A record that does not fit into one batch; it was not sent."""


class HeaderTemplate:
    """The headers of one kind of record: some always the same, some of each record's own."""

    __slots__ = ("_format", "fixed", "names")

    def __init__(self, fixed: Mapping[str, str], names: Sequence[str]) -> None:
        self.fixed: Final = [(name, value.encode()) for name, value in fixed.items()]
        self.names: Final = tuple(names)
        start = [_varint(len(self.fixed) + len(self.names))]
        start += [_sized(name.encode()) + _sized(value) for name, value in self.fixed]
        self._format: Final = _literal(b"".join(start)) + b"".join(
            _literal(_sized(name.encode())) + b"%b%b" for name in self.names
        )

    def encode(self, values: Sequence[bytes]) -> bytes:
        """All headers, their number in front; each value has at most 65,535 bytes."""
        varints = _VARINTS
        if len(values) == 4:  # those of an event: a third of the time
            a, b, c, d = values
            first = (varints[len(a)], a, varints[len(b)], b)
            return self._format % (*first, varints[len(c)], c, varints[len(d)], d)
        return self._format % tuple(
            part for value in values for part in (varints[len(value)], value)
        )

    def pairs(self, values: Sequence[bytes]) -> list[tuple[str, bytes]]:
        """The same for the stock client."""
        return [*self.fixed, *zip(self.names, values, strict=True)]


def _sized(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _literal(data: bytes) -> bytes:
    return data.replace(b"%", b"%%")


OutgoingRecord = tuple[bytes, bytes, HeaderTemplate, tuple[bytes, ...]]
"""Key, value, headers, and the values of those that are the record's own. Plain, as there are
millions of them."""


class BatchBody(NamedTuple):
    """The encoded records of one batch, without its header."""

    data: bytes
    length: int


def encode_bodies(
    records: Iterable[OutgoingRecord], limit: int = BATCH_BYTES_MAXIMUM
) -> list[BatchBody]:
    """The records in order, in as few batches as `limit` bytes each allow.

    Raises `RecordTooLarge`.
    """
    bodies: list[BatchBody] = []
    parts: list[bytes] = []
    count = size = 0
    room = limit - _BATCH_OVERHEAD
    varints = _VARINTS
    for key, value, template, values in records:
        headers = template.encode(values)
        # Attributes and the difference of time are a zero each.
        sizes = varints[len(key)] + key + _length(len(value))
        inner = b"\0\0" + varints[count] + sizes
        length = len(inner) + len(value) + len(headers)
        if size + length + 5 > room or count + 1 == _RECORDS_A_BATCH:
            if not count or length + 5 > room:
                raise RecordTooLarge(f"a record of {length} bytes under the key {key!r}")
            bodies.append(BatchBody(b"".join(parts), count))
            inner = b"\0\0" + varints[0] + sizes
            length = len(inner) + len(value) + len(headers)
            parts, count, size = [], 0, 0
        prefix = _length(length)
        parts += (prefix, inner, value, headers)
        size += len(prefix) + length
        count += 1
    if count:
        bodies.append(BatchBody(b"".join(parts), count))
    return bodies


def check_sizes(parts: Iterable[Sequence[OutgoingRecord]]) -> None:
    """Raises `RecordTooLarge` for a record that may not fit into one batch of its own."""
    for records in parts:
        for key, value, _, values in records:
            size = len(key) + len(value) + sum(map(len, values))
            if size > BATCH_BYTES_MAXIMUM - _HEADER_NAMES_MAXIMUM:
                raise RecordTooLarge(f"a record of {size} bytes under the key {key!r}")


def _length(number: int) -> bytes:
    return _VARINTS[number] if number < _RECORDS_A_BATCH else _varint(number)


class ProducerState(NamedTuple):
    """Who sends the batch, for idempotence: -1 for nobody in particular."""

    producer_id: int = -1
    epoch: int = -1
    sequence: int = -1


def encode_batch(body: BatchBody, timestamp: int, state: ProducerState) -> bytes:
    """The batch as it goes over the wire; `timestamp` in milliseconds, for all of its records."""
    rest = _FROM_ATTRIBUTES.pack(
        0,
        body.length - 1,
        timestamp,
        timestamp,
        state.producer_id,
        state.epoch,
        state.sequence,
        body.length,
    )
    checksum = crc32c(body.data, crc32c(rest))
    length = _LENGTH_COVERS + len(rest) + len(body.data)
    return b"".join((_TO_CHECKSUM.pack(0, length, 0, _MAGIC, checksum), rest, body.data))
