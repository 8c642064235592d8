"""`clearing up` says how to try it, and Ctrl-C stops everything."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from adapters.cli.data_folder import ProcessEntry
from adapters.cli.ports import with_free_ports
from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.embedded.process import is_running
from adapters.settings import Settings

pytestmark = pytest.mark.xdist_group("platform")


@pytest.fixture
def settings(data_directory: Path) -> Settings:
    return with_free_ports(Settings(data_directory=data_directory))


@pytest.fixture
def up(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli.main", "up"],
            stdout=out,
            stderr=out,
            env=os.environ | settings.to_environ(),
        )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(60)


def printed(up: subprocess.Popen[bytes], tmp_path: Path, until: str) -> str:
    deadline = time.monotonic() + 90
    while until not in (text := (tmp_path / "out").read_text()):
        assert up.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.1)
    return text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_tells_how_to_try_it_and_stops_everything_when_asked(
    up: subprocess.Popen[bytes], settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    text = printed(up, tmp_path, until="Ctrl-C stops")
    assert f"http://localhost:{settings.issuer_port}/realms/clearing" in text
    assert f"curl -X POST http://localhost:{settings.http_port}/api/v1/trades" in text
    recorded = msgspec.json.decode(
        (settings.data_directory / "processes.json").read_bytes(), type=dict[str, ProcessEntry]
    )
    assert set(recorded) == {"issuer", "projections", "worker", "api"}

    up.send_signal(number)
    assert up.wait(60) == 0
    for entry in recorded.values():
        assert not is_running(psutil.Process(entry.pid) if psutil.pid_exists(entry.pid) else None)
    assert not EmbeddedPostgres(settings.data_directory).adopt()
    assert not EmbeddedValkey(settings.data_directory).adopt()


def test_an_interruption_while_it_starts_leaves_nothing_behind(
    up: subprocess.Popen[bytes], settings: Settings
) -> None:
    deadline = time.monotonic() + 60
    while not (settings.data_directory / "postgres" / "postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 130
    assert not EmbeddedPostgres(settings.data_directory).adopt()
