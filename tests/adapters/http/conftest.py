"""One running clearing house for all tests of the HTTP interface of a worker."""

from collections.abc import Iterator

import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.settings import Settings
from tests.adapters.http.house import House, running_house
from tests.adapters.identity.support import free_port


@pytest.fixture(scope="session")
def house_settings(
    postgres: EmbeddedPostgres,
    database_template: str,
    valkey: EmbeddedValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    postgres.create_database("http", template=database_template)
    return Settings(
        data_directory=tmp_path_factory.mktemp("http"),
        database_url=postgres.application_url("http"),
        database_owner_url=postgres.owner_url("http"),
        redis_url=valkey.url,
        http_port=free_port(),
        issuer_port=free_port(),
        read_wait_seconds_maximum=5.0,
        request_body_limit_bytes=4 * 1024 * 1024,
    )


@pytest.fixture(scope="session")
def house(house_settings: Settings) -> Iterator[House]:
    with running_house(house_settings) as running:
        yield running
