"""Real servers for tests: one PostgreSQL and one Valkey a worker, and a database a test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import hypothesis
import msgspec
import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.embedded.java import JavaMissing
from adapters.embedded.java_server import JavaServer, free_port

SEGMENT = "us"
_TEMPLATE = "clearing_template"

hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_JAVA_SERVERS = {"kafka", "keycloak"}
# The first time Maven fetches it, and Keycloak is built.
_FETCHED_WITHIN_SECONDS = 600

if TYPE_CHECKING:
    from adapters.embedded.kafka import EmbeddedKafka
    from adapters.embedded.keycloak import EmbeddedKeycloak

Server = TypeVar("Server", bound=JavaServer)

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one Java server share a worker, so that it is started once, and wait for it."""
    for item in items:
        for server in _JAVA_SERVERS & set(getattr(item, "fixturenames", ())):
            if not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(server))
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(_FETCHED_WITHIN_SECONDS))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[EmbeddedKafka]":
    """Apache Kafka, started when the first test asks for it; topics stay until the end."""
    from adapters.embedded.kafka import EmbeddedKafka

    server = EmbeddedKafka(tmp_path_factory.mktemp("kafka"))
    yield from _started(server)


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[EmbeddedKeycloak]":
    """Keycloak with the development realm, started when the first test asks for it."""
    from adapters.embedded.keycloak import EmbeddedKeycloak

    server = EmbeddedKeycloak(tmp_path_factory.mktemp("keycloak"), port=free_port())
    yield from _started(server)


def _started(server: Server) -> Iterator[Server]:
    try:
        server.start()
    except JavaMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield server
    server.stop()


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
