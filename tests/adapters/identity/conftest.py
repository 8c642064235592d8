"""A running development issuer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from adapters.identity.issuer import create_issuer
from adapters.identity.signing_key import load_or_create_signing_key
from adapters.settings import Settings
from tests.adapters.identity.support import Issuer, ServerThread, free_port


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    settings = Settings(data_directory=tmp_path_factory.mktemp("issuer"), issuer_port=free_port())
    key = load_or_create_signing_key(settings.data_directory / "issuer" / "signing_key.pem")
    server = ServerThread(create_issuer(settings), settings.issuer_port)
    server.start()
    yield Issuer(settings=settings, key=key)
    server.stop()


@pytest.fixture
def serve() -> Iterator[Callable[[Any, int], ServerThread]]:
    """Serve an application on a port; stopped when the test ends."""
    servers: list[ServerThread] = []

    def start(app: Any, port: int) -> ServerThread:
        server = ServerThread(app, port)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def foreign_key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "issuer" / "signing_key.pem"
