"""Real servers for tests: one PostgreSQL and one Valkey a worker, and a database a test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import msgspec
import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey

SEGMENT = "us"
_TEMPLATE = "clearing_template"

hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_database_numbers = itertools.count(1)


class Database(msgspec.Struct, frozen=True):
    """A database of one test, migrated and otherwise empty."""

    name: str
    segment: str
    owner_url: str
    application_url: str


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def redis_url(valkey: EmbeddedValkey) -> str:
    """The address of an empty Valkey."""
    valkey.flush()
    return valkey.url


@pytest.fixture(scope="session")
def database_template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database; nobody may connect to it while it is copied."""
    from adapters.ledger.migrate import migrate

    postgres.create_database(_TEMPLATE)
    migrate(postgres.owner_url(_TEMPLATE), segment=SEGMENT)
    return _TEMPLATE


@pytest.fixture
def database(postgres: EmbeddedPostgres, database_template: str) -> Iterator[Database]:
    """A migrated, empty database of the test's own."""
    yield from _database(postgres, database_template)


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """A database of the test's own, without any table."""
    yield from _database(postgres, "template0")


def _database(postgres: EmbeddedPostgres, template: str) -> Iterator[Database]:
    name = f"test_{next(_database_numbers)}"
    postgres.create_database(name, template=template)
    try:
        yield Database(
            name=name,
            segment=SEGMENT,
            owner_url=postgres.owner_url(name),
            application_url=postgres.application_url(name),
        )
    finally:
        postgres.drop_database(name)


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    return tmp_path / "data"
