"""Filling in the addresses of embedded servers that somebody else keeps running."""

import msgspec
import psycopg
import redis

from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.valkey import EmbeddedValkey
from adapters.settings import Settings


def resolve_embedded(settings: Settings) -> Settings:
    """Settings in which every address is given: an empty one is the embedded server's that runs.

    Raises:
        EmbeddedServerError: a server is to be embedded, and none runs in the data folder.
    """
    if not settings.database_url:
        settings = with_postgres(settings, EmbeddedPostgres(settings.data_directory))
        _check_postgres(settings)
    if not settings.redis_url:
        settings = with_valkey(settings, EmbeddedValkey(settings.data_directory))
        _check_valkey(settings)
    return settings


def with_postgres(settings: Settings, server: EmbeddedPostgres) -> Settings:
    """The settings with the server's addresses."""
    return msgspec.structs.replace(
        settings, database_url=server.application_url(), database_owner_url=server.owner_url()
    )


def with_valkey(settings: Settings, server: EmbeddedValkey) -> Settings:
    """The settings with the server's address."""
    return msgspec.structs.replace(settings, redis_url=server.url)


def _check_postgres(settings: Settings) -> None:
    try:
        psycopg.connect(settings.database_url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise _nothing_runs(settings, "PostgreSQL") from error


def _check_valkey(settings: Settings) -> None:
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as client:
            client.ping()
    except redis.RedisError as error:
        raise _nothing_runs(settings, "Valkey") from error


def _nothing_runs(settings: Settings, server: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"no embedded {server} answers in {settings.data_directory}: start the platform with"
        " `clearing up` (or `make up`), or name a server by CLEARING_DATABASE_URL,"
        " CLEARING_DATABASE_OWNER_URL and CLEARING_REDIS_URL"
    )
