"""One eventful day, recorded and read once for all questions: asking changes nothing."""

from collections.abc import Iterator

import pytest

from adapters.embedded import EmbeddedPostgres
from tests.builders import REASON
from tests.projections.reading import connected, follow
from tests.projections.recorded_day import RecordedDay


@pytest.fixture(scope="session")
def url(postgres: EmbeddedPostgres, database_template: str) -> Iterator[str]:
    """The address of a database with `RecordedDay.eventful` in its read models."""
    name = "eventful_day"
    postgres.create_database(name, template=database_template)
    url = postgres.application_url(name)
    with RecordedDay(url) as day:
        day.eventful()
    with connected(url) as connection:
        connection.execute("INSERT INTO documents VALUES (%s, 'under review')", (REASON,))
    follow(url)
    yield url
    postgres.drop_database(name)
