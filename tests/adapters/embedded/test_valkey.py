"""The embedded Valkey starts at once, also over the remains of a killed one."""

import os
import signal
from pathlib import Path

import psutil
import redis

from adapters.embedded import EmbeddedValkey


def ping(server: EmbeddedValkey) -> bool:
    with redis.Redis.from_url(server.url) as client:
        return bool(client.ping())


def test_it_answers_until_it_is_stopped(data_directory: Path) -> None:
    with EmbeddedValkey(data_directory) as server:
        assert ping(server)
        pid = server.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_it_starts_over_the_remains_of_a_killed_one(data_directory: Path) -> None:
    server = EmbeddedValkey(data_directory)
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    psutil.Process(server.pid).wait(10)

    with EmbeddedValkey(data_directory) as successor:
        assert ping(successor)


def test_one_that_runs_is_taken_over(data_directory: Path) -> None:
    first = EmbeddedValkey(data_directory)
    first.start()
    with EmbeddedValkey(data_directory) as second:
        assert second.pid == first.pid


def test_a_deep_data_folder_gets_a_short_socket(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / ("deep" * 20) / ("deeper" * 20)) as server:
        assert ping(server)
