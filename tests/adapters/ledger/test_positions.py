"""Positions: contiguous, in order of commit, and never skipped by whoever follows the log."""

import random
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from adapters.ledger.append import append_statements, open_append
from adapters.ledger.application import Ledger
from adapters.ledger.codec import TOPICS, UnknownEventType
from adapters.ledger.reader import LogReader
from adapters.ledger.recorder import LedgerRecorder
from adapters.ledger.rows import (
    METADATA_BYTES_MAXIMUM,
    STATE_BYTES_MAXIMUM,
    EventTooLarge,
    LogRow,
    prepare,
)
from domain.event_types import EVENT_TYPES
from tests.adapters.ledger.support import (
    PATIENCE_SECONDS,
    assert_contiguous,
    positions,
    query,
    wait_until,
)
from tests.builders import SEGMENT, of
from tests.conftest import Database

TOPIC = "ParticipantRegistered.v1"
STATEMENTS = append_statements(SEGMENT)


def an_event(stream: str, version: int = 1, **terms: Any) -> StoredEvent:
    ordinary = {"topic": TOPIC, "state": b'{"name":"Broker"}'}
    return StoredEvent(originator_id=stream, originator_version=version, **(ordinary | terms))


def some_rows(count: int) -> list[LogRow]:
    return [
        LogRow(of("participant", uuid4().hex), 1, TOPIC, b'{"name":"Broker"}') for _ in range(count)
    ]


def connect(database: Database) -> psycopg.Connection[Any]:
    return psycopg.connect(database.application_url, autocommit=True)


def test_a_rolled_back_append_leaves_no_gap(
    recorder: LedgerRecorder, connection: psycopg.Connection, database: Database
) -> None:
    recorder.insert_events([an_event("us:participant:A")])
    with pytest.raises(ZeroDivisionError):
        write_and_fail(connection)
    assert recorder.insert_events([an_event("us:participant:B")]) == [2]
    assert_contiguous(database.application_url)


def write_and_fail(connection: psycopg.Connection[Any]) -> None:
    with open_append(connection, STATEMENTS) as append:
        assert list(append.write(prepare(some_rows(3)))) == [2, 3, 4]
        raise ZeroDivisionError


def test_a_version_conflict_leaves_nothing(recorder: LedgerRecorder, database: Database) -> None:
    recorder.insert_events([an_event("us:participant:A")])
    with pytest.raises(IntegrityError):
        recorder.insert_events([an_event("us:participant:B"), an_event("us:participant:A")])
    assert positions(database.application_url) == [1]


def test_a_version_conflict_on_the_callers_connection_is_the_librarys_error(
    recorder: LedgerRecorder, connection: psycopg.Connection
) -> None:
    row = LogRow("us:participant:A", 1, TOPIC, b"{}")
    recorder.append(connection, [row])
    with pytest.raises(IntegrityError):
        recorder.append(connection, [row])


def test_ten_thousand_events_in_one_call(recorder: LedgerRecorder, database: Database) -> None:
    found = recorder.insert_events(
        [an_event("us:participant:A", version) for version in range(1, 10_001)]
    )
    assert found == list(range(1, 10_001))
    assert query(database.application_url, "SELECT count(*) FROM ledger_events") == [(10_000,)]


def test_the_largest_state_and_metadata_are_stored(recorder: LedgerRecorder) -> None:
    state = b'"' + b"x" * (STATE_BYTES_MAXIMUM - 2) + b'"'
    metadata = b'"' + b"x" * (METADATA_BYTES_MAXIMUM - 2) + b'"'
    event = an_event("us:participant:A", state=state)
    assert recorder.insert_events([event], metadata=[metadata]) == [1]


@pytest.mark.parametrize(
    ("state", "metadata"),
    [
        pytest.param(b"x" * (STATE_BYTES_MAXIMUM + 1), None, id="state"),
        pytest.param(b"{}", b"x" * (METADATA_BYTES_MAXIMUM + 1), id="metadata"),
    ],
)
def test_an_event_too_large_is_refused_with_all_that_came_with_it(
    recorder: LedgerRecorder, state: bytes, metadata: bytes | None
) -> None:
    events = [an_event("us:participant:A"), an_event("us:participant:B", state=state)]
    with pytest.raises(EventTooLarge):
        recorder.insert_events(events, metadata=[None, metadata])
    assert recorder.max_notification_id() is None


def test_an_unknown_type_cannot_be_read(recorder: LedgerRecorder, ledger: Ledger) -> None:
    recorder.insert_events([an_event("us:participant:A", topic="ParticipantDissolved.v9")])
    with pytest.raises(UnknownEventType, match=r"ParticipantDissolved\.v9"):
        ledger.events_of("us:participant:A")


def test_a_reader_gets_an_unknown_type_whatever_it_asks_for(
    recorder: LedgerRecorder, connection: psycopg.Connection
) -> None:
    recorder.insert_events([an_event("us:participant:A", topic="ParticipantDissolved.v9")])
    page = LogReader(connection, SEGMENT).page(0, ["TradeSubmitted.v1"], 10)
    assert [row.topic for row in page.rows] == ["ParticipantDissolved.v9"]


def test_every_event_class_has_one_stored_name() -> None:
    assert sorted(TOPICS.values()) == sorted(EVENT_TYPES)


def test_recorded_time_never_decreases(database: Database, connection: psycopg.Connection) -> None:
    """Not even when the clock does: the next event gets the time of the last."""
    with open_append(connection, STATEMENTS) as append:
        append.write(prepare(some_rows(1)))
    query(
        database.owner_url,
        "INSERT INTO ledger_events SELECT 2, recorded_at + interval '1 hour', gen_random_uuid(), 1,"
        " NULL, 'us:participant:FUTURE', topic, state, NULL FROM ledger_events",
    )
    with open_append(connection, STATEMENTS) as append:
        append.write(prepare(some_rows(1)))
    times = query(
        database.application_url, "SELECT recorded_at FROM ledger_events ORDER BY notification_id"
    )
    assert times[0] < times[1] == times[2]


def test_event_ids_are_random_uuids_and_all_different(
    database: Database, connection: psycopg.Connection
) -> None:
    with open_append(connection, STATEMENTS) as append:
        append.write(prepare(some_rows(500)))
    ids = [row[0] for row in query(database.application_url, "SELECT event_id FROM ledger_events")]
    assert len(set(ids)) == 500
    assert {(found.version, found.variant) for found in ids} == {(4, "specified in RFC 4122")}


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_second_writer_waits_so_that_no_reader_can_skip_the_first(database: Database) -> None:
    """Rules (j) 1: the writer that began later must not become visible earlier."""
    written = threading.Event()
    with connect(database) as first, connect(database) as second, connect(database) as reading:
        reader = LogReader(reading, SEGMENT)

        def write_second() -> None:
            with open_append(second, STATEMENTS) as append:
                append.write(prepare(some_rows(1)))
            written.set()

        with open_append(first, STATEMENTS) as append:
            append.write(prepare(some_rows(1)))
            thread = _in_thread(write_second)
            wait_until(lambda: waits_for_a_lock(database, second), "the second writer waits")
            assert not written.is_set()
            assert reader.page(0, [TOPIC], 10).rows == []
        thread.join(PATIENCE_SECONDS)
        assert [row.position for row in reader.page(0, [TOPIC], 10).rows] == [1, 2]


def waits_for_a_lock(database: Database, connection: psycopg.Connection[Any]) -> bool:
    return query(
        database.application_url,
        "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'advisory'",
        connection.info.backend_pid,
    ) == [(1,)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tailing_reader_sees_every_event_once_and_in_order(database: Database, seed: int) -> None:
    """Several writers, every third transaction rolled back, connections lost on the way."""
    writers = [_in_thread(lambda n=n: _write(database, seed * 10 + n)) for n in range(4)]  # type: ignore[misc]
    seen: list[int] = []
    with connect(database) as reading:
        reader = LogReader(reading, SEGMENT)
        rng = random.Random(seed)
        while True:
            running = any(writer.is_alive() for writer in writers)
            page = reader.page(seen[-1] if seen else 0, [TOPIC], rng.randint(1, 50))
            seen.extend(row.position for row in page.rows)
            if not running and not page.rows:
                break
    assert seen == positions(database.application_url)
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) > 100


def _write(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    connection = connect(database)
    for _ in range(60):
        fate = rng.random()
        try:
            with open_append(connection, STATEMENTS) as append:
                append.write(prepare(some_rows(rng.randint(1, 20))))
                if fate < 0.3:
                    raise psycopg.Rollback
                if fate > 0.9:
                    connection.close()
        except psycopg.OperationalError:
            connection = connect(database)
    connection.close()
