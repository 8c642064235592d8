"""Rows are the same in every order that keeps each account's and stream's own events in order."""

import random
from typing import Any

import pytest

from adapters.projection.batch import changes_of, event_types_of
from adapters.projection.digest import digest
from adapters.projection.feed import LedgerFeed
from adapters.projection.writer import write_changes
from domain.clearing.trade import TradeSettled, TradeValidated
from projections.catalogue import PROJECTIONS
from projections.recorded_event import RecordedEvent
from tests.builders import SEGMENT
from tests.projections.reading import connected, follow
from tests.projections.recorded_day import RecordedDay


def _interleaved(events: list[RecordedEvent], seed: int) -> list[RecordedEvent]:
    """As topics with a key each would bring them: a trade's own events are on different topics."""
    queues: dict[tuple[str, str], list[RecordedEvent]] = {}
    for recorded in events:
        kind = type(recorded.event)
        topic = kind.__name__ if kind in (TradeValidated, TradeSettled) else "others"
        queues.setdefault((recorded.stream, topic), []).append(recorded)
    rng = random.Random(seed)
    mixed = []
    while queues:
        key = rng.choice(sorted(queues))
        mixed.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    return mixed


@pytest.mark.parametrize("seed", range(4))
def test_rows_do_not_depend_on_the_order_between_accounts(database: Any, seed: int) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    projections = list(PROJECTIONS.values())
    with connected(database.owner_url) as connection:
        followed = [digest(connection, SEGMENT, name) for name in PROJECTIONS]
        feed = LedgerFeed(connection, SEGMENT, event_types_of(projections))
        events = _interleaved(feed.page(0, feed.head()), seed)
        for projection in projections:
            for table in projection.tables:
                connection.execute(f"TRUNCATE {table.name}")
        for start in range(0, len(events), 4):
            changes = changes_of(projections, events[start : start + 4])
            with connection.transaction(), connection.cursor() as cursor:
                write_changes(cursor, changes)
        assert [digest(connection, SEGMENT, name) for name in PROJECTIONS] == followed
