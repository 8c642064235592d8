"""The embedded PostgreSQL starts, keeps its data, and comes back from every way to kill it."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedServerError
from adapters.embedded.process import find_process


def remember(server: EmbeddedPostgres, text: str) -> None:
    with psycopg.connect(server.owner_url()) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION clearing_owner")
        connection.execute("CREATE TABLE IF NOT EXISTS s.notes (note text)")
        connection.execute("INSERT INTO s.notes VALUES (%s)", [text])


def remembered(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.owner_url()) as connection:
        return [row[0] for row in connection.execute("SELECT note FROM s.notes").fetchall()]


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_data_survive_a_restart(data_directory: Path) -> None:
    with EmbeddedPostgres(data_directory) as server:
        remember(server, "first")
    with EmbeddedPostgres(data_directory) as server:
        assert remembered(server) == ["first"]


def test_data_survive_kill_9_of_the_server(data_directory: Path) -> None:
    server = EmbeddedPostgres(data_directory)
    server.start()
    remember(server, "committed")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server.is_running())

    server.start()
    try:
        assert remembered(server) == ["committed"]
    finally:
        server.stop()


def test_a_server_whose_starter_was_killed_is_taken_over(data_directory: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from adapters.embedded import EmbeddedPostgres;"
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.start();"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(data_directory)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid = int(next(line for line in starter.stdout if line.strip().isdigit()))
    starter.kill()
    starter.wait()
    starter.stdout.close()

    with EmbeddedPostgres(data_directory) as server:
        assert server.pid == pid
        remember(server, "still here")
    assert find_process(pid, "postgres") is None


def test_a_stale_pid_file_that_names_somebody_else_does_not_keep_it_from_starting(
    data_directory: Path,
) -> None:
    with EmbeddedPostgres(data_directory) as server:
        pid_file = server.directory / "postmaster.pid"
        lines = pid_file.read_text().splitlines(keepends=True)
    pid_file.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))

    with EmbeddedPostgres(data_directory) as server:
        assert server.is_running()


def test_a_deep_data_folder_gets_a_short_socket(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / ("deep" * 20) / ("deeper" * 20)) as server:
        assert len(str(server.socket_directory)) <= 80
        remember(server, "reached")
    assert not server.socket_directory.exists()


def test_the_socket_folder_is_private(postgres: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(postgres.socket_directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(postgres.directory.stat().st_mode) == 0o700


def test_it_does_not_listen_on_a_network(postgres: EmbeddedPostgres) -> None:
    assert psutil.Process(postgres.pid).net_connections(kind="inet") == []


def test_it_is_out_of_reach_of_the_terminals_interrupt(postgres: EmbeddedPostgres) -> None:
    assert postgres.pid is not None
    assert os.getsid(postgres.pid) != os.getsid(0)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("jit", "off")],
)
def test_it_is_durable(postgres: EmbeddedPostgres, setting: str, value: str) -> None:
    with psycopg.connect(postgres.application_url()) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == (value,)


def test_text_sorts_by_code_point(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.application_url()) as connection:
        rows = connection.execute(
            "SELECT t FROM (VALUES ('b'), ('A'), ('a'), ('B')) v (t) ORDER BY t"
        ).fetchall()
    assert [row[0] for row in rows] == ["A", "B", "a", "b"]


def test_the_application_role_cannot_create_tables(postgres: EmbeddedPostgres) -> None:
    with (
        psycopg.connect(postgres.application_url()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE public.mine ()")


def test_the_application_role_may_terminate_its_own_backends(postgres: EmbeddedPostgres) -> None:
    with (
        psycopg.connect(postgres.application_url()) as victim,
        psycopg.connect(postgres.application_url(), autocommit=True) as connection,
    ):
        pid = victim.info.backend_pid
        terminated = connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()
        assert terminated == (True,)
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "postgres").write_text("in the way")
    with pytest.raises(EmbeddedServerError, match=str(tmp_path / "postgres")):
        EmbeddedPostgres(tmp_path).start()


def test_data_of_another_version_are_refused(data_directory: Path) -> None:
    with EmbeddedPostgres(data_directory) as server:
        version_file = server.directory / "PG_VERSION"
    version_file.write_text("16\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 16"):
        EmbeddedPostgres(data_directory).start()


def test_a_server_that_cannot_start_says_what_its_log_says(data_directory: Path) -> None:
    with EmbeddedPostgres(data_directory) as server:
        settings_file = server.directory / "postgresql.auto.conf"
    settings_file.write_text("shared_buffers = 'a lot'\n")
    with pytest.raises(EmbeddedServerError, match="shared_buffers"):
        EmbeddedPostgres(data_directory).start()
