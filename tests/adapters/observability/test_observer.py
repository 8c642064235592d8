"""What the observer exports, from a ledger that it only looks at."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from prometheus_client import REGISTRY

from adapters.observability.observer import LedgerObserver
from queries.standing_balances import standing_balances
from tests.conftest import Database
from tests.projections.reading import connected, follow
from tests.projections.recorded_day import RecordedDay


def _value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def _has(rule: str, violations: int) -> bool:
    return _value("clearing_invariant_violations", rule=rule) == violations


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _observer(url: str) -> LedgerObserver:
    return LedgerObserver(url, segment="us", lag_seconds=0.05, balances_seconds=0.05)


def test_lags_and_sound_balances_are_exported(database: Database) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
        follow(database.application_url)
        day.submit_trade("one more")
    observer = _observer(database.application_url)
    observer.start()
    try:
        _until(lambda: _value("clearing_follower_lag_positions", follower="trades") == 1)
        assert (_value("clearing_follower_lag_seconds", follower="trades") or 0) > 0
        assert _value("clearing_ledger_position") == day.head
        for rule in (
            "assets_sum_to_zero",
            "members_are_not_overdrawn",
            "central_counterparty_is_flat",
        ):
            _until(partial(_has, rule, 0))
    finally:
        observer.close()


def test_a_balance_that_was_altered_is_seen(database: Database) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    with connected(database.application_url) as connection:
        connection.execute(
            "UPDATE positions SET quantity = -1 WHERE account_id = 'ACC200' AND asset = 'AAPL'"
        )
    observer = _observer(database.application_url)
    observer.start()
    try:
        for rule in ("assets_sum_to_zero", "members_are_not_overdrawn"):
            _until(partial(_has, rule, 1))
        assert _value("clearing_invariant_violations", rule="central_counterparty_is_flat") == 0
    finally:
        observer.close()


def test_a_cash_limit_may_be_used_and_not_exceeded(database: Database) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    follow(database.application_url)
    assert _overdrawn_at(database, -5_00) == 0
    assert _overdrawn_at(database, -5_01) == 1


def _overdrawn_at(database: Database, cents: int) -> Any:
    with connected(database.application_url) as connection:
        connection.execute(
            "UPDATE positions SET quantity = %s WHERE account_id = 'ACC100' AND asset = 'USD'",
            (cents,),
        )
        found = standing_balances(connection)
    assert found is not None
    return found["members_are_not_overdrawn"]


def test_nothing_is_said_between_two_movements_of_one_trade(database: Database) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        day.trade("settled")
    follow(database.application_url)
    with connected(database.application_url) as connection:
        assert standing_balances(connection) is not None
        # The trade's events end with: movement, movement, settled.
        connection.execute(
            "UPDATE ledger_tracking SET notification_id = %s WHERE application_name = 'positions'",
            (day.head - 2,),
        )
        assert standing_balances(connection) is None


def test_a_lost_connection_is_made_anew_and_no_old_lag_outlives_the_database(
    database: Database,
) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
    follow(database.application_url)
    observer = _observer(database.application_url)
    observer.start()
    try:
        _until(lambda: _value("clearing_follower_lag_positions", follower="trades") == 0)
        with connected(database.application_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'clearing observer' AND datname = current_database()"
            )
        _until(lambda: _value("clearing_follower_lag_positions", follower="trades") == 0)
    finally:
        observer.close()
    lost = _observer("postgresql://clearing_app@127.0.0.1:1/clearing")
    lost.start()
    try:
        _until(lambda: _value("clearing_follower_lag_positions", follower="trades") is None)
    finally:
        lost.close()
