"""Rows whose entries are kept as golden files: what the format has to get right, one case each."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

from adapters.ledger.entry import EntryRow

_METADATA: Final = (
    b'{"actor":"0b0f7f3e-5b5e-4a43-9d2f-7d0f6f0e8a11","correlation":"req-1","source":"http"}'
)

EXAMPLES: Final[dict[str, EntryRow]] = {
    "trade_with_metadata": EntryRow(
        position=1,
        stream="us:trade:9d1f2c44-52e5-4a0b-8a3e-0d6c6f3b1a77",
        version=1,
        type="TradeSubmitted.v1",
        recorded_at=datetime(2026, 1, 5, 14, 30, 0, 123456, tzinfo=UTC),
        event_id=UUID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"),
        causation=None,
        metadata=_METADATA,
        state=(
            b'{"instrument_id":"AAPL","buyer_account_id":"ACC100","seller_account_id":"ACC200",'
            b'"quantity":100,"price":"150.00"}'
        ),
    ),
    # No metadata, a cause; the instant is whole, the digits are there all the same.
    "movement_without_metadata": EntryRow(
        position=3,
        stream="us:account:ACC200",
        version=17,
        type="PositionUpdated.v1",
        recorded_at=datetime(2026, 1, 5, 14, 30, tzinfo=UTC),
        event_id=UUID("00000000-0000-4000-8000-000000000000"),
        causation=1,
        metadata=None,
        state=(
            b'{"cause":"trade:9d1f2c44-52e5-4a0b-8a3e-0d6c6f3b1a77","business_date":"2026-01-05",'
            b'"value_date":"2026-01-05","movements":[["AAPL",-100,900],["USD",1500000,1500000]]}'
        ),
    ),
    # UTF-8 of one to four bytes, not escaped; what JSON escapes stays as it was stored.
    "non_ascii_name": EntryRow(
        position=9007199254740993,
        stream="us:participant:M.BANK_1-a",
        version=1,
        type="ParticipantRegistered.v1",
        recorded_at=datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        event_id=UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        causation=None,
        metadata=_METADATA,
        state='{"name":"Öster\u2028 Bäñk \\"中央\\" 🏦\\u00e9"}'.encode(),
    ),
    # Digits of decimals are content, white space inside the stored bytes as well.
    "decimals_as_stored": EntryRow(
        position=42,
        stream="us:instrument:BRK.B",
        version=1,
        type="InstrumentListed.v1",
        recorded_at=datetime(2026, 1, 5, 0, 0, 0, 1, tzinfo=UTC),
        event_id=UUID("a3bb189e-8bf9-4c4a-9a1e-3d8b3c2f1e00"),
        causation=None,
        metadata=None,
        state=b'{"tick_size":"0.010", "lot_size":1, "issuer_account_id":null}',
    ),
    # An instant that came with another offset is the same instant.
    "other_offset": EntryRow(
        position=43,
        stream="us:day:XNYS",
        version=1,
        type="BusinessDateOpened.v1",
        recorded_at=datetime(2026, 1, 5, 3, 4, 5, 60, tzinfo=timezone(timedelta(hours=5.5))),
        event_id=UUID("a3bb189e-8bf9-4c4a-9a1e-3d8b3c2f1e01"),
        causation=42,
        metadata=b"{}",
        state=b'{"business_date":"2026-01-05"}',
    ),
}
