"""Our record batches are read back by the stock client, byte for byte."""

import pytest
from kafka.record.memory_records import MemoryRecords

from adapters.kafka.records import (
    HeaderTemplate,
    OutgoingRecord,
    ProducerState,
    RecordTooLarge,
    encode_batch,
    encode_bodies,
)

# 37 is the percent sign: what is spliced in must not be taken for a format.
HEADERS = HeaderTemplate({"fixed": "b" * 37, "c%": "%d"}, ("ce_id", "ce_time"))
STATE = ProducerState(producer_id=5, epoch=1, sequence=7)


def a_record(number: int, size: int = 10) -> OutgoingRecord:
    values = (b"%d" % number, b"z" * 37)
    return b"ACC%d" % number, b"v" * size, HEADERS, values


def read_back(batch: bytes) -> list[OutgoingRecord]:
    (decoded,) = MemoryRecords(batch)
    assert decoded.validate_crc()
    assert (decoded.producer_id, decoded.producer_epoch, decoded.base_sequence) == STATE
    return [
        (record.key, record.value, HEADERS, tuple(value for _, value in record.headers[2:]))
        for record in decoded
    ]


@pytest.mark.parametrize("sizes", [[0], [1, 63, 64, 8_191, 8_192], [70_000], [300] * 1_000])
def test_what_was_encoded_is_what_is_read(sizes: list[int]) -> None:
    records = [a_record(number, size) for number, size in enumerate(sizes)]
    (body,) = encode_bodies(records)
    assert body.length == len(records)
    assert read_back(encode_batch(body, 1_700_000_000_000, STATE)) == records


def test_headers_are_those_that_the_stock_client_would_send() -> None:
    record = a_record(1)
    (body,) = encode_bodies([record])
    (batch,) = MemoryRecords(encode_batch(body, 0, STATE))
    (decoded,) = batch
    assert list(decoded.headers) == HEADERS.pairs(record[3])


def test_a_page_that_is_too_large_for_one_batch_goes_into_several_in_order() -> None:
    records = [a_record(number, number * 50) for number in range(300)]
    bodies = encode_bodies(records, limit=200_000)
    assert len(bodies) > 1
    batches = [encode_batch(body, 0, STATE) for body in bodies]
    assert max(len(batch) for batch in batches) <= 200_000
    assert [record for batch in batches for record in read_back(batch)] == records


def test_a_record_that_fits_no_batch_is_refused() -> None:
    with pytest.raises(RecordTooLarge, match="ACC7"):
        encode_bodies([a_record(1), a_record(7, 2_000)], limit=1_000)
