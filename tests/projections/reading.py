"""Read models brought up to date, for tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from psycopg import Connection

from adapters.projection.follower import Follower, connect_to_read_models
from projections.catalogue import PROJECTIONS
from tests.builders import SEGMENT


@contextmanager
def a_follower(
    database_url: str, names: Sequence[str] = tuple(PROJECTIONS), batch_limit: int = 1_000
) -> Iterator[Follower]:
    connect = partial(
        connect_to_read_models, database_url, segment=SEGMENT, application_name="test"
    )
    projections = {name: PROJECTIONS[name] for name in names}
    with Follower(
        connect, segment=SEGMENT, projections=projections, batch_limit=batch_limit
    ) as follower:
        yield follower


def follow(
    database_url: str, names: Sequence[str] = tuple(PROJECTIONS), batch_limit: int = 1_000
) -> None:
    """Bring read models up to the head of the log."""
    with a_follower(database_url, names, batch_limit) as follower:
        while follower.step():
            pass


def connected(database_url: str) -> Connection[Any]:
    return connect_to_read_models(database_url, segment=SEGMENT, application_name="test")


def rows(database_url: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connected(database_url) as connection:
        return connection.execute(query, parameters).fetchall()
