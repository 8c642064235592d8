"""Rebuilding: the same rows, beside the live ones, whatever happens meanwhile."""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from adapters.projection.digest import digest, status_digest
from adapters.projection.rebuild import Rebuild, RebuildRefused, rebuild_schema
from adapters.projection.runner import ProjectionRunner
from adapters.projection.tracking import TrackingConflict
from projections.catalogue import PROJECTIONS
from tests.builders import SEGMENT
from tests.projections.reading import a_follower, connected, follow, rows
from tests.projections.recorded_day import RecordedDay

_LAYOUT = """
    SELECT c.relname, c.relkind, c.reloptions, pg_get_userbyid(c.relowner), c.relacl::text,
           coalesce(pg_get_indexdef(i.indexrelid), ''),
           (SELECT array_agg((a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                              a.attcollation) ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)::text,
           (SELECT array_agg((k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.conname)
            FROM pg_constraint k WHERE k.conrelid = c.oid)::text
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = 'clearing_us'::regnamespace ORDER BY c.relname"""


def _digests(database: Any) -> dict[str, str]:
    with connected(database.application_url) as connection:
        return {name: digest(connection, SEGMENT, name) for name in PROJECTIONS}


def _rebuild(database: Any, *names: str, **options: Any) -> Rebuild:
    return Rebuild(
        database.owner_url, segment=SEGMENT, names=names or tuple(PROJECTIONS), **options
    )


@pytest.fixture
def followed(database: Any) -> Any:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    return database


@pytest.mark.parametrize("batch_events", [7, 50_000])
def test_rebuilt_read_models_are_the_live_ones(followed: Any, batch_events: int) -> None:
    live = _digests(followed)
    _rebuild(followed, batch_events=batch_events).run()
    assert _digests(followed) == live


def test_a_rebuild_repairs_what_was_altered(followed: Any) -> None:
    live = _digests(followed)
    with connected(followed.owner_url) as connection:
        connection.execute("UPDATE positions SET quantity = quantity + 1")
    assert _digests(followed) != live
    _rebuild(followed, "positions").run()
    assert _digests(followed) == live


def test_a_rebuild_leaves_the_layout_and_the_rights_of_the_tables(followed: Any) -> None:
    before = rows(followed.owner_url, _LAYOUT)
    _rebuild(followed).run()
    assert rows(followed.owner_url, _LAYOUT) == before


def test_a_rebuild_takes_a_projection_that_never_ran_to_the_head(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    assert _rebuild(database, "positions").run() == day.head
    assert rows(database.application_url, "SELECT * FROM ledger_tracking") == [
        ("positions", day.head)
    ]


def test_a_follower_goes_on_after_the_switch_without_losing_or_doubling(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url)
        with a_follower(database.application_url) as live:
            day.trade("while the live runner is behind")
            _rebuild(database).run()
            day.trade("after the switch", quantity=1)
            with pytest.raises(TrackingConflict):
                live.step()
            assert live.step() > 0
    assert rows(database.application_url, "SELECT count(*) FROM trades") == [(2,)]
    live_digests = _digests(database)
    _rebuild(database).run()
    assert _digests(database) == live_digests


def test_rebuilds_under_a_running_platform_change_nothing(database: Any) -> None:
    runner = ProjectionRunner(
        database.application_url,
        segment=SEGMENT,
        names=tuple(PROJECTIONS),
        batch_limit=50,
        interval_seconds=0.0,
    )
    following = threading.Thread(target=runner.run)
    following.start()
    try:
        with RecordedDay(database.application_url) as day:
            day.open_market()
            writing = threading.Thread(
                target=lambda: [day.trade(f"trade {number}", quantity=1) for number in range(200)]
            )
            writing.start()
            for _ in range(3):
                _rebuild(database).run()
            writing.join()
            position = _rebuild(database).run()
        assert position == day.head
    finally:
        runner.stop()
        following.join(10)
    assert rows(database.application_url, "SELECT count(*) FROM postings") == [(804,)]


def test_two_rebuilds_of_one_read_model_do_not_meet(followed: Any) -> None:
    met: list[str] = []

    def while_loading(what: str, _position: int, _head: int) -> None:
        if what == "reading the log" and not met:
            met.append(what)
            with pytest.raises(RebuildRefused, match="under way"):
                _rebuild(followed, "trades").run()

    _rebuild(followed, "trades", progress=while_loading).run()
    assert met


_KILLED = """
import os, signal, sys
from adapters.projection.rebuild import Rebuild
def progress(what, position, head):
    if what == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
Rebuild(sys.argv[1], segment="us", names=["trades", "settlements"], progress=progress).run()
"""


@pytest.mark.parametrize("stage", ["reading the log", "building indexes", "switched"])
def test_a_rebuild_that_is_killed_harms_nothing_and_can_be_run_again(
    followed: Any, stage: str
) -> None:
    live = _digests(followed)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, followed.owner_url, stage],
        check=False,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert killed.returncode == -signal.SIGKILL
    assert _digests(followed) == live
    follow(followed.application_url)
    _rebuild(followed, "trades", "settlements").run()
    assert _digests(followed) == live
    schema = rebuild_schema(SEGMENT, "trades")
    assert rows(followed.owner_url, f"SELECT to_regnamespace('{schema}')") == [(None,)]


def test_the_status_digest_knows_balances_and_statuses_only(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        day.trade("one", quantity=10)
        day.trade("other", quantity=20)
        follow(database.application_url)
        with connected(database.application_url) as connection:
            first = status_digest(connection)
            connection.execute("UPDATE trades SET submitted_at = now(), trade_id = trade_id")
            assert status_digest(connection) == first
        day.trade("third", quantity=30)
        follow(database.application_url)
    with connected(database.application_url) as connection:
        assert status_digest(connection) != first
