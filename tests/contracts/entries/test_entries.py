"""The bytes of log entries, frozen. A failure here means that published hashes no longer hold."""

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from adapters.ledger.append import append_statements, open_append
from adapters.ledger.entry import (
    ENTRY_BYTES_MAXIMUM,
    ENTRY_COLUMNS,
    EntryRow,
    MalformedEntry,
    entry_bytes,
    leaf_hash,
)
from adapters.ledger.rows import (
    METADATA_BYTES_MAXIMUM,
    STATE_BYTES_MAXIMUM,
    LogRow,
    encode_copy,
    prepare,
)
from tests.adapters.ledger.support import SCHEMA, query
from tests.builders import SEGMENT
from tests.conftest import Database
from tests.contracts.entries.examples import EXAMPLES

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "ledger-entries.md"
CASES = pytest.mark.parametrize(("name", "row"), EXAMPLES.items(), ids=EXAMPLES)


@CASES
def test_an_entry_has_the_bytes_that_it_always_had(name: str, row: EntryRow) -> None:
    assert entry_bytes(row) == (HERE / f"{name}.entry").read_bytes()


@CASES
def test_a_leaf_has_the_hash_that_it_always_had(name: str, row: EntryRow) -> None:
    hashes = dict(line.split() for line in (HERE / "leaf_hashes.txt").read_text().splitlines())
    assert leaf_hash(entry_bytes(row)).hex() == hashes[name]


def test_every_golden_file_has_its_example() -> None:
    assert {file.stem for file in HERE.glob("*.entry")} == set(EXAMPLES)


@CASES
def test_an_entry_is_json_with_nine_members_in_order(name: str, row: EntryRow) -> None:
    decoded = msgspec.json.decode(entry_bytes(row))
    assert list(decoded) == [
        "position",
        "stream",
        "version",
        "type",
        "recorded_at",
        "event_id",
        "causation",
        "metadata",
        "data",
    ]
    assert datetime.fromisoformat(decoded["recorded_at"]) == row.recorded_at


@pytest.mark.parametrize("stream", ['us:trade:"', "us:trade:\\", "us:trade:é", "us:trade: ", ""])
def test_a_stream_that_would_need_escaping_has_no_entry(stream: str) -> None:
    row = EXAMPLES["other_offset"]._replace(stream=stream)
    with pytest.raises(MalformedEntry):
        entry_bytes(row)


def test_whatever_may_be_appended_fits_an_entry() -> None:
    row = EXAMPLES["movement_without_metadata"]._replace(
        position=2**63 - 1,
        stream="s" * 16 + ":administration:" + "i" * 36,
        version=2**63 - 1,
        type="AccountReinstatementRequested.v999",
        causation=2**63 - 1,
        metadata=b"m" * METADATA_BYTES_MAXIMUM,
        state=b"s" * STATE_BYTES_MAXIMUM,
    )
    assert len(entry_bytes(row)) <= ENTRY_BYTES_MAXIMUM


@pytest.fixture
def stored(database: Database) -> tuple[Database, list[bytes]]:
    """The examples in the ledger, behind each other, and their entries as known beforehand."""
    rows = [
        row._replace(position=position) for position, row in enumerate(EXAMPLES.values(), start=1)
    ]
    with (
        psycopg.connect(database.application_url, autocommit=True) as connection,
        open_append(connection, append_statements(SEGMENT)) as append,
    ):
        for row in rows:
            log_row = LogRow(
                row.stream, row.version, row.type, row.state, row.causation, row.metadata
            )
            prepared = prepare([log_row])
            data = encode_copy(prepared, row.position, row.recorded_at, row.event_id.bytes)
            copy_rows(append.cursor, data)
    return database, [entry_bytes(row) for row in rows]


def copy_rows(cursor: psycopg.Cursor[Any], data: bytes) -> None:
    """As the append does, but with the examples' own times and ids."""
    with cursor.copy(append_statements(SEGMENT).copy) as copy:
        copy.write(data)


def test_rows_read_back_give_the_bytes_computed_before_they_were_stored(
    stored: tuple[Database, list[bytes]],
) -> None:
    database, expected = stored
    rows = query(
        database.application_url,
        f"SELECT {ENTRY_COLUMNS} FROM ledger_events ORDER BY notification_id",
    )
    assert [entry_bytes(EntryRow(*row)) for row in rows] == expected


def test_the_session_time_zone_changes_nothing(stored: tuple[Database, list[bytes]]) -> None:
    database, expected = stored
    with psycopg.connect(
        database.application_url, options=f"-c search_path={SCHEMA} -c timezone=Asia/Kolkata"
    ) as connection:
        rows = connection.execute(
            f"SELECT {ENTRY_COLUMNS} FROM ledger_events ORDER BY notification_id"
        ).fetchall()
        assert [entry_bytes(EntryRow(*row)) for row in rows] == expected
        assert [bytes(row[0]) for row in connection.execute(documented_statement())] == expected


def test_the_documented_sql_agrees(stored: tuple[Database, list[bytes]]) -> None:
    """Another implementation: none of our Python, only the statement that auditors are given."""
    database, expected = stored
    rows = query(database.application_url, documented_statement())
    assert [bytes(row[0]) for row in rows] == expected


def test_the_documented_leaf_hash_agrees(stored: tuple[Database, list[bytes]]) -> None:
    database, expected = stored
    statement = documented_statement().rstrip().rstrip(";")
    rows = query(
        database.application_url,
        rf"SELECT encode(sha256('\x00'::bytea || entry), 'hex') FROM ({statement}) AS entries",
    )
    assert [row[0] for row in rows] == [
        hashlib.sha256(b"\x00" + entry).hexdigest() for entry in expected
    ]


def documented_statement() -> str:
    found = re.search(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_an_event_id_has_lower_case_digits() -> None:
    row = EXAMPLES["other_offset"]._replace(event_id=UUID("ABCDEF00-0000-4000-8000-00000000ABCD"))
    assert b'"event_id":"abcdef00-0000-4000-8000-00000000abcd"' in entry_bytes(row)
