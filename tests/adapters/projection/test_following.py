"""Following the log: rows and position together, once, whoever else runs."""

import threading
from typing import Any

import psycopg
import pytest

from adapters.ledger.schema import projection_channel
from adapters.projection.feed import UnreadableLedger
from adapters.projection.runner import ProjectionRunner
from adapters.projection.tracking import TrackingConflict
from projections.catalogue import PROJECTIONS
from tests.builders import SEGMENT, a_participant, of
from tests.projections.reading import a_follower, connected, follow, rows
from tests.projections.recorded_day import RecordedDay

_PLACES = "SELECT DISTINCT notification_id FROM ledger_tracking"


def _runner(database: Any, *names: str) -> ProjectionRunner:
    return ProjectionRunner(
        database.application_url,
        segment=SEGMENT,
        names=names or tuple(PROJECTIONS),
        batch_limit=1_000,
        interval_seconds=0.0,
    )


def test_positions_move_over_events_that_do_not_concern_a_projection(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url, ["trades"])
        assert rows(database.application_url, _PLACES) == [(day.head,)]


def test_projections_at_different_places_come_together(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url, ["trades", "reference"])
        day.trade("later")
        follow(database.application_url)
        assert rows(database.application_url, _PLACES) == [(day.head,)]
    assert rows(database.application_url, "SELECT count(*) FROM trades") == [(1,)]


def test_a_second_follower_adds_nothing_and_goes_on(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
        with (
            a_follower(database.application_url) as one,
            a_follower(database.application_url, batch_limit=5) as other,
        ):
            assert one.step() == day.head
            with pytest.raises(TrackingConflict):
                other.step()
            assert other.step() == 0
    assert rows(database.application_url, "SELECT count(*) FROM trades") == [(10,)]


def test_a_batch_that_fails_leaves_rows_and_position_as_they_were(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url)
        before = rows(database.application_url, _PLACES)
        day.trade("fails")
        with connected(database.owner_url) as connection:
            connection.execute("REVOKE INSERT ON notifications FROM clearing_app")
        with (
            a_follower(database.application_url) as follower,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            follower.step()
    assert rows(database.application_url, _PLACES) == before
    assert rows(database.application_url, "SELECT count(*) FROM trades") == [(0,)]


def test_an_unknown_type_of_event_halts_and_names_the_position(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        position = day.record_raw("TradeImagined.v1", b"{}")
    with pytest.raises(UnreadableLedger, match=rf"position {position}.*TradeImagined\.v1"):
        _runner(database, "positions").run()


def test_an_event_that_is_not_what_its_type_says_halts(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        position = day.record_raw("TradeSubmitted.v1", b'{"quantity":"many"}')
    with pytest.raises(UnreadableLedger) as failure:
        _runner(database).run()
    assert failure.value.position == position


def test_a_runner_wakes_for_an_append_tells_of_its_commit_and_stops(database: Any) -> None:
    runner = _runner(database)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        assert runner.ready.wait(10)
        with connected(database.application_url) as listener:
            listener.execute(f"LISTEN {projection_channel(SEGMENT)}")
            with RecordedDay(database.application_url) as day:
                position = day.record((of("participant", "BROKER300"), a_participant()))
            told = {
                notice.payload
                for notice in listener.notifies(timeout=10, stop_after=len(PROJECTIONS))
            }
        assert told == {f"{name} {position}" for name in PROJECTIONS}
    finally:
        runner.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_a_runner_goes_on_when_its_connections_were_lost(database: Any) -> None:
    runner = _runner(database)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        assert runner.ready.wait(10)
        with connected(database.application_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with RecordedDay(database.application_url) as day:
            day.eventful()
        _wait_for_head(database.application_url, day.head)
    finally:
        runner.stop()
        thread.join(10)


def test_two_runners_of_the_same_projections_write_what_one_would(database: Any) -> None:
    runners = [_runner(database), _runner(database)]
    threads = [threading.Thread(target=runner.run) for runner in runners]
    for thread in threads:
        thread.start()
    try:
        with RecordedDay(database.application_url) as day:
            day.open_market()
            for number in range(40):
                day.trade(f"trade {number}", quantity=1)
        _wait_for_head(database.application_url, day.head)
    finally:
        for runner, thread in zip(runners, threads, strict=True):
            runner.stop()
            thread.join(10)
    assert rows(database.application_url, "SELECT count(*) FROM postings") == [(4 * 40 + 4,)]


def _wait_for_head(url: str, head: int) -> None:
    with connected(url) as listener:
        listener.execute(f"LISTEN {projection_channel(SEGMENT)}")
        for _ in range(20):
            if listener.execute(_PLACES).fetchall() == [(head,)]:
                return
            list(listener.notifies(timeout=0.5, stop_after=1))
    pytest.fail(f"the read models did not reach {head}")
