"""Apply the numbered migrations to one segment's schema: plain SQL, forward only, each once."""

import hashlib
import re
from pathlib import Path
from typing import Final

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import APPLICATION_ROLE, schema_name

MIGRATIONS_DIRECTORY: Final = Path(__file__).resolve().parents[2] / "migrations"
_FILE_NAME = re.compile(r"V(\d{4})__[a-z0-9_]+\.sql")
_MIGRATION_LOCK: Final = 0x6D696772
log = structlog.get_logger()


class MigrationError(Exception):
    """The database and the migrations disagree: an applied file was changed or is missing."""


def migrate(owner_url: str, *, segment: str) -> list[str]:
    """Bring the segment's schema up to date; returns the names of the files applied now.

    Connects as the owner. Each file is one transaction together with its row in
    `schema_migrations`; two runners at once wait for each other. Raises `MigrationError` when an
    applied file has changed since.
    """
    schema = schema_name(segment)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        connection.execute(
            SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
                Identifier(schema), Identifier(APPLICATION_ROLE)
            )
        )
        connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations (file text PRIMARY KEY, digest text"
            " NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        rows = connection.execute("SELECT file, digest FROM schema_migrations").fetchall()
        applied = {str(file): str(digest) for file, digest in rows}
        return [file.name for file in migration_files() if _apply(connection, file, applied)]


def migration_files() -> list[Path]:
    """The migrations in order; raises `MigrationError` for a gap or a file of another form."""
    files = sorted(MIGRATIONS_DIRECTORY.glob("*.sql"))
    for number, file in enumerate(files, start=1):
        match = _FILE_NAME.fullmatch(file.name)
        if match is None or int(match[1]) != number:
            raise MigrationError(f"{file.name}: expected V{number:04d}__what_it_does.sql")
    return files


def _apply(
    connection: psycopg.Connection[tuple[object, ...]], file: Path, applied: dict[str, str]
) -> bool:
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if file.name in applied:
        if applied[file.name] != digest:
            raise MigrationError(f"{file.name} was changed after it had been applied")
        return False
    with connection.transaction():
        connection.execute(content)
        connection.execute(
            "INSERT INTO schema_migrations (file, digest) VALUES (%s, %s)", (file.name, digest)
        )
    log.info("migration applied", file=file.name)
    return True
