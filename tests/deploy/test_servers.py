"""What compose mounts into PostgreSQL and Redis, tried on the real servers."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import redis

from adapters.embedded import EmbeddedPostgres
from adapters.embedded.programs import postgres_programs, valkey_program
from adapters.ledger.migrate import migrate
from tests.deploy.compose_file import ROOT

_SECRETS = ROOT / "deploy" / "secrets"


def test_the_script_of_roles_makes_what_migrations_need(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        _drop_what_the_embedded_server_made(server)
        environment = {
            "PATH": f"{postgres_programs()}:{os.environ['PATH']}",
            "PGHOST": str(server.socket_directory),
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": "postgres",
            "SECRETS": str(_SECRETS),
        }
        script = ROOT / "deploy" / "postgres" / "10-roles.sh"
        subprocess.run([script], env=environment, check=True, timeout=60)
        assert migrate(server.owner_url(), segment="us")
        with psycopg.connect(server.application_url()) as connection:
            connection.execute("SELECT count(*) FROM clearing_us.ledger_events")
        with psycopg.connect(server.administrator_url()) as connection:
            rows = connection.execute(
                "SELECT rolname, rolsuper, left(rolpassword, 13) FROM pg_authid"
                " WHERE rolname IN ('clearing_app', 'clearing_owner', 'keycloak') ORDER BY 1"
            ).fetchall()
            assert rows == [
                (role, False, "SCRAM-SHA-256")
                for role in ("clearing_app", "clearing_owner", "keycloak")
            ]
            barred = connection.execute(
                "SELECT has_database_privilege('clearing_app', 'keycloak', 'CONNECT'),"
                " has_database_privilege('keycloak', 'clearing', 'CONNECT')"
            ).fetchone()
            assert barred == (False, False)


def _drop_what_the_embedded_server_made(server: EmbeddedPostgres) -> None:
    server.drop_database("clearing")
    with psycopg.connect(server.administrator_url(), autocommit=True) as connection:
        connection.execute("DROP ROLE clearing_app")
        connection.execute("DROP ROLE clearing_owner")


def test_postgresql_reads_its_configuration(postgres: EmbeddedPostgres) -> None:
    file = ROOT / "deploy" / "postgres" / "postgresql.conf"
    given = dict(re.findall(r"^(\w+) = '?([^'\n]*)'?$", file.read_text(), re.MULTILINE))
    assert given["fsync"] == given["synchronous_commit"] == given["full_page_writes"] == "on"
    with psycopg.connect(postgres.administrator_url()) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_settings")}
    assert {name.lower() for name in given} <= {name.lower() for name in known}
    # It reads all of the file before it says the one value, and does not start.
    program = postgres_programs() / "postgres"
    read = subprocess.run(
        [program, "-C", "max_wal_size", "-D", postgres.directory, "-c", f"config_file={file}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (read.returncode, read.stdout.strip()) == (0, "4096"), read.stderr


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_redis_starts_with_its_password(tmp_path: Path, port: int) -> None:
    text = (ROOT / "deploy" / "redis" / "redis.conf").read_text(encoding="utf-8")
    configuration = tmp_path / "mounted.conf"
    configuration.write_text(text.replace("port 6379", f"port {port}"), encoding="utf-8")
    environment = {
        "PATH": f"{valkey_program().parent}:{os.environ['PATH']}",
        "CONFIGURATION": str(configuration),
        "SECRETS": str(_SECRETS),
        "TMPDIR": str(tmp_path),
    }
    script = ROOT / "deploy" / "redis" / "start.sh"
    with subprocess.Popen([script], env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            password = (_SECRETS / "redis_password").read_text(encoding="utf-8").strip()
            client = redis.Redis(port=port, password=password)
            _wait_for(client)
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "volatile-ttl"
            client.close()
            with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()
        finally:
            server.terminate()
    assert server.returncode == 0


def _wait_for(client: redis.Redis) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
