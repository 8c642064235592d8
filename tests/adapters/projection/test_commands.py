"""The commands, as processes: exit codes, probes, and an orderly end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from tests.projections.reading import connected, follow, rows
from tests.projections.recorded_day import RecordedDay


def _start(database: Any, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    environment = {
        "CLEARING_DATABASE_URL": database.application_url,
        "CLEARING_DATABASE_OWNER_URL": database.owner_url,
        "CLEARING_REDIS_URL": "redis://localhost:1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "adapters.cli.main", *arguments],
        env={**os.environ, **environment, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _run(database: Any, *arguments: str) -> tuple[int, str]:
    process = _start(database, *arguments)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_project_follows_answers_probes_and_ends_in_order(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    port = _free_port()
    process = _start(database, "project", "--all", CLEARING_PROJECTION_TRADES_PORT=str(port))
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b'clearing_projection_position{projection="trades"}' in answer.read()
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    places = rows(database.application_url, "SELECT DISTINCT notification_id FROM ledger_tracking")
    assert places == [(day.head,)]


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own probe
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_project_fails_and_names_the_position_of_an_unknown_event(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        position = day.record_raw("TradeImagined.v1", b"{}")
    port = str(_free_port())
    process = _start(database, "project", "reference", CLEARING_PROJECTION_REFERENCE_PORT=port)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"ledger position {position}" in said


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("trades", "--all")])
def test_project_wants_names_that_there_are(database: Any, arguments: tuple[str, ...]) -> None:
    assert _run(database, "project", *arguments)[0] == 2


def test_rebuild_then_verify(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    code, said = _run(database, "rebuild", "--all")
    assert (code, f"ledger position {day.head}" in said) == (0, True), said
    code, said = _run(database, "verify")
    assert code == 0, said


def test_verify_fails_for_a_read_model_that_was_altered(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    with connected(database.application_url) as connection:
        connection.execute("UPDATE positions SET quantity = 7 WHERE account_id = 'ACC100'")
    code, said = _run(database, "verify")
    assert (code, "VIOLATED" in said) == (1, True), said


def test_lag_names_every_follower(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    code, said = _run(database, "lag")
    assert (code, "positions" in said, f"position {day.head}" in said) == (0, True, True), said
