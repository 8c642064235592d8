"""The supervisor starts everything in order, restarts what dies, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from adapters.cli.data_folder import DataFolder
from adapters.cli.errors import CommandError
from adapters.cli.platform import Platform
from adapters.cli.ports import with_free_ports
from adapters.embedded import EmbeddedPostgres
from adapters.embedded.process import is_running
from adapters.settings import Settings

pytestmark = pytest.mark.xdist_group("platform")

# Two of the processes are enough to watch a supervisor; the journeys run all of them.
ROLES = ("issuer", "worker")


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return is_running(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def settings(data_directory: Path) -> Settings:
    return with_free_ports(Settings(data_directory=data_directory))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One that runs, for tests that leave it running."""
    settings = Settings(data_directory=tmp_path_factory.mktemp("platform") / "data")
    with Platform(with_free_ports(settings), roles=ROLES) as platform:
        yield platform


def test_when_it_has_started_every_process_is_ready(platform: Platform) -> None:
    assert set(platform.children) == set(ROLES)
    settings = platform.settings
    for port in (settings.worker_port, settings.issuer_port):
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_a_process_that_is_killed_is_started_again(platform: Platform, role: str) -> None:
    before = platform.children[role]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: platform.children.get(role, before) != before)
    platform.wait_until_ready()


def test_postgresql_is_started_again_when_it_is_killed(platform: Platform) -> None:
    data_directory = platform.settings.data_directory
    pid = int((data_directory / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)

    def answers() -> bool:
        try:
            psycopg.connect(platform.settings.database_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(lambda: not is_alive(pid))
    wait_until(answers)
    platform.wait_until_ready()


def test_the_processes_are_on_record(platform: Platform) -> None:
    recorded = (platform.settings.data_directory / "processes.json").read_text()
    for name, pid in platform.children.items():
        assert f'"{name}"' in recorded
        assert str(pid) in recorded


def test_processes_run_in_sessions_of_their_own(platform: Platform) -> None:
    sessions = {os.getsid(pid) for pid in platform.children.values()}
    assert os.getsid(0) not in sessions
    assert len(sessions) == len(ROLES)


def test_a_second_one_in_the_same_folder_is_refused(platform: Platform) -> None:
    second = Platform(with_free_ports(platform.settings), roles=ROLES)
    with pytest.raises(CommandError, match=str(os.getpid())):
        second.start()
    assert set(platform.children) == set(ROLES)


def test_reset_is_refused_while_it_runs(platform: Platform) -> None:
    folder = str(platform.settings.data_directory)
    result = subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", "reset", "--yes"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"CLEARING_DATA_DIRECTORY": folder},
    )
    assert result.returncode == 1
    assert "already runs" in result.stderr
    assert set(platform.children) == set(ROLES)


def test_a_taken_port_is_named_with_its_holder(settings: Settings) -> None:
    with (
        socket.create_server(("127.0.0.1", settings.http_port)),
        pytest.raises(CommandError) as raised,
    ):
        Platform(settings, roles=ROLES).start()
    assert str(settings.http_port) in str(raised.value)
    assert str(os.getpid()) in str(raised.value)
    assert "CLEARING_HTTP_PORT" in str(raised.value)


def test_stopping_leaves_no_process_and_the_data_are_there_again(settings: Settings) -> None:
    with Platform(settings, roles=ROLES) as platform:
        pids = list(platform.children.values())
        with psycopg.connect(platform.settings.database_owner_url) as connection:
            connection.execute("CREATE SCHEMA notes")
        assert psutil.Process().children(recursive=True)
    assert not [pid for pid in pids if is_alive(pid)]

    def look(full: Settings) -> None:
        with psycopg.connect(full.database_owner_url) as connection:
            found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'notes'")
            assert found.fetchone() == (1,)

    with Platform(settings, roles=("issuer",), prepare=look):
        pass


def test_a_process_that_cannot_start_is_reported_with_its_log(settings: Settings) -> None:
    def spoil(full: Settings) -> None:
        key_file = full.data_directory / "issuer" / "signing_key.pem"
        key_file.parent.mkdir()
        key_file.write_text("no key")

    with pytest.raises(CommandError, match=r"(?s)issuer does not get ready.*Error"):
        Platform(settings, roles=("issuer",), prepare=spoil).start()
    assert not EmbeddedPostgres(settings.data_directory).adopt()


def test_what_a_killed_supervisor_left_running_is_ended_by_the_next(settings: Settings) -> None:
    program = (
        "import os; from adapters.settings import load_settings;"
        "from adapters.cli.platform import Platform;"
        "platform = Platform(load_settings(os.environ), roles=('issuer',)); platform.start();"
        "print('children', *platform.children.values(), flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | settings.to_environ(),
    )
    assert result.returncode == -signal.SIGKILL
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("children")]
    (leftover,) = [int(word) for word in line.split()[1:]]
    assert is_alive(leftover)

    with Platform(settings, roles=("issuer",)) as platform:
        assert not is_alive(leftover)
        assert platform.children["issuer"] != leftover


def test_a_folder_with_other_things_in_it_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match="not empty"):
        DataFolder(tmp_path).hold()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_reset_removes_the_folder_and_a_server_that_was_left_running(settings: Settings) -> None:
    folder = DataFolder(settings.data_directory)
    folder.hold()
    folder.release()
    server = EmbeddedPostgres(settings.data_directory)
    server.start()
    assert server.pid is not None
    result = subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", "reset", "--yes"],
        check=True,
        env=os.environ | settings.to_environ(),
    )
    assert result.returncode == 0
    assert not settings.data_directory.exists()
    wait_until(lambda: not server.is_running())


def test_reset_asks_first(settings: Settings) -> None:
    folder = DataFolder(settings.data_directory)
    folder.hold()
    folder.release()
    result = subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", "reset"],
        check=False,
        input="n\n",
        text=True,
        env=os.environ | settings.to_environ(),
    )
    assert result.returncode != 0
    assert settings.data_directory.exists()
