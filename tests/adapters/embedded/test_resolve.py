"""A process that is started alone finds the embedded servers that run."""

from pathlib import Path

import psycopg
import pytest
import redis

from adapters.embedded import (
    EmbeddedPostgres,
    EmbeddedServerError,
    EmbeddedValkey,
    resolve_embedded,
)
from adapters.settings import Settings


def test_empty_addresses_become_those_of_the_servers_that_run(data_directory: Path) -> None:
    with EmbeddedPostgres(data_directory), EmbeddedValkey(data_directory):
        settings = resolve_embedded(Settings(data_directory=data_directory))
        psycopg.connect(settings.database_url).close()
        psycopg.connect(settings.database_owner_url).close()
        with redis.Redis.from_url(settings.redis_url) as client:
            assert client.ping()


def test_it_says_how_to_start_the_servers_when_none_runs(data_directory: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="clearing up"):
        resolve_embedded(Settings(data_directory=data_directory))


def test_addresses_that_are_given_stay_as_they_are(data_directory: Path) -> None:
    settings = Settings(
        data_directory=data_directory,
        database_url="postgresql://app@db/clearing",
        database_owner_url="postgresql://owner@db/clearing",
        redis_url="redis://cache",
    )
    assert resolve_embedded(settings) == settings
