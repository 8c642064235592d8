"""A whole platform, as `clearing up` runs it: real servers, real processes, HTTP."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from adapters.cli.platform import Platform
from adapters.cli.ports import with_free_ports
from adapters.cli.seed import seed_development
from adapters.settings import Settings
from tests.journeys.people import People


def free_settings(data_directory: Path) -> Settings:
    """Everything embedded in this folder, on free ports."""
    return with_free_ports(Settings(data_directory=data_directory))


def a_platform(settings: Settings, *, with_servers: Collection[str] = ()) -> Platform:
    """One with the development data."""

    def prepare(full: Settings) -> None:
        seed_development(full)

    return Platform(settings, with_servers=with_servers, prepare=prepare)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One that runs, for the journeys that leave it running."""
    with a_platform(free_settings(tmp_path_factory.mktemp("platform") / "data")) as running:
        yield running


@pytest.fixture
def people(platform: Platform) -> Iterator[People]:
    everybody = People(platform)
    yield everybody
    everybody.close()


@pytest.fixture(scope="module")
def own_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One of the module's own, to stop and to break."""
    with a_platform(free_settings(tmp_path_factory.mktemp("platform") / "data")) as running:
        yield running


@pytest.fixture
def own_people(own_platform: Platform) -> Iterator[People]:
    everybody = People(own_platform)
    yield everybody
    everybody.close()
