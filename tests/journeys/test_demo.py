"""`clearing demo`: adds up, leaves nothing behind, and can be interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.journeys.people import wait_until

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.slow]

COMMAND = [sys.executable, "-m", "adapters.cli.main", "demo"]


def environment(folder: Path) -> dict[str, str]:
    """In which temporary folders are made below `folder`."""
    return os.environ | {"TMPDIR": str(folder)}


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("clearing-demo-*"))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment(folder),
    )


def test_a_small_day_adds_up_and_can_be_kept_to_look_at(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    result = run(tmp_path, "--trades", "2000", "--keep", str(kept))
    assert result.returncode == 0, result.stdout + result.stderr
    for shown in ("SETTLED", "INSUFFICIENT_SECURITIES", "Invariants", "trades/s", "make up"):
        assert shown in result.stdout
    assert "NO" not in result.stdout.split()
    assert f"CLEARING_DATA_DIRECTORY={kept}" in result.stdout
    assert (kept / "postgres").is_dir()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    result = run(tmp_path, "--keep", str(tmp_path))
    assert result.returncode == 1
    assert "is not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_stops_everything_and_removes_its_data(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path)
    )
    below = psutil.Process(process.pid)
    # PostgreSQL is among them by now, and the rest is coming up.
    wait_until(lambda: len(below.children(recursive=True)) > 3, 60)
    children = below.children(recursive=True)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert left_behind(tmp_path) == []
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
