"""The same events make the same rows, whatever the batches are they come in."""

from typing import Any

import pytest

from adapters.projection.digest import digest
from projections.catalogue import PROJECTIONS
from tests.builders import SEGMENT
from tests.projections.reading import connected, follow
from tests.projections.recorded_day import RecordedDay


def _digests(database_url: str) -> dict[str, str]:
    with connected(database_url) as connection:
        return {name: digest(connection, SEGMENT, name) for name in PROJECTIONS}


@pytest.mark.parametrize("batch_limit", [1, 2, 3, 7])
def test_read_models_do_not_depend_on_the_size_of_batches(database: Any, batch_limit: int) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url, batch_limit=batch_limit)
    in_pieces = _digests(database.application_url)
    with connected(database.owner_url) as connection:
        for projection in PROJECTIONS.values():
            for table in projection.tables:
                connection.execute(f"TRUNCATE {table.name}")
        connection.execute("DELETE FROM ledger_tracking")
    follow(database.application_url)
    assert _digests(database.application_url) == in_pieces


def test_a_digest_sees_one_changed_balance(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    before = _digests(database.application_url)
    with connected(database.application_url) as connection:
        connection.execute("UPDATE positions SET quantity = quantity + 1 WHERE asset = 'AAPL'")
    after = _digests(database.application_url)
    assert [name for name in PROJECTIONS if before[name] != after[name]] == ["positions"]
