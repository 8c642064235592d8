"""What must hold of a ledger and its read models after anything that happened to them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg

from adapters.cli.platform import Platform
from adapters.ledger.schema import WORKER_APPLICATION
from adapters.projection.digest import digest
from adapters.projection.follower import connect_to_read_models
from adapters.projection.rebuild import Rebuild
from projections.catalogue import PROJECTIONS
from tests.chaos import check
from tests.journeys.people import People, wait_until

DRAINED_WITHIN_SECONDS = 60.0


def read_models(platform: Platform) -> psycopg.Connection[Any]:
    settings = platform.settings
    return connect_to_read_models(
        settings.database_owner_url, segment=settings.segment, application_name="journeys"
    )


def wait_until_drained(platform: Platform, accepted_until: int) -> None:
    """Until that position is decided and every read model has what came of it."""

    def drained() -> bool:
        try:
            with read_models(platform) as connection:
                # In one statement, which sees one moment: the worker appends while we look.
                rows = connection.execute(
                    "SELECT application_name, notification_id,"
                    " (SELECT max(notification_id) FROM ledger_events) FROM ledger_tracking"
                ).fetchall()
        except psycopg.OperationalError:
            return False
        tracked = {name: position for name, position, _ in rows}
        decided = tracked.pop(WORKER_APPLICATION, 0)
        return bool(decided >= accepted_until and min(tracked.values()) >= rows[0][2])

    wait_until(drained, DRAINED_WITHIN_SECONDS)


def assert_each_once_with_an_outcome(people: People, acknowledged: Iterable[str]) -> None:
    """Every acknowledged trade is in the ledger once, settled or rejected."""
    trades = people.everything("risk", "/trades")
    times = Counter(trade["tradeId"] for trade in trades)
    assert {trade_id: times[trade_id] for trade_id in acknowledged} == dict.fromkeys(
        acknowledged, 1
    )
    assert {trade["status"] for trade in trades} <= {"SETTLED", "REJECTED"}


def assert_the_log_holds(platform: Platform, acknowledged: Iterable[str] = ()) -> None:
    """The invariants, over every stored row; each acknowledged trade is there once and decided."""
    settings = platform.settings
    streams = [f"{settings.segment}:trade:{trade_id}" for trade_id in acknowledged]
    check.assert_ledger_holds(settings.database_owner_url, acknowledged=streams)


def assert_positions_are_those_of_the_log(platform: Platform, people: People) -> None:
    """What the interface says is held is what the movements of the log add up to."""
    held = {
        (row["accountId"], row["assetId"]): int(str(row["quantity"]).replace(".", ""))
        for row in people.everything("risk", "/positions")
    }
    assert held == check.balances(platform.settings.database_owner_url)


def assert_rebuilt_read_models_are_equal(platform: Platform) -> None:
    """Each read model, built anew from the log, has the rows that it had."""
    settings = platform.settings
    with read_models(platform) as connection:
        before = {name: digest(connection, settings.segment, name) for name in PROJECTIONS}
    Rebuild(settings.database_owner_url, segment=settings.segment, names=sorted(PROJECTIONS)).run()
    with read_models(platform) as connection:
        after = {name: digest(connection, settings.segment, name) for name in PROJECTIONS}
    assert after == before
