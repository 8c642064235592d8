"""Real processes of the write path, to be stopped, resumed and killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.adapters.ledger.support import PATIENCE_SECONDS, wait_until
from tests.conftest import Database

ROOT = Path(__file__).resolve().parents[3]
LEASE_SECONDS = 1.0
WATCHDOG_SECONDS = 1.0


class Process:
    """A child process of the test; its output goes where the test's goes."""

    def __init__(
        self,
        database: Database,
        arguments: Sequence[str],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=settings or environment(database)
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop_where_it_is(self) -> None:
        """SIGSTOP: it keeps its connections and its locks, and does nothing any more."""
        os.kill(self.pid, signal.SIGSTOP)
        self.wait_stopped()

    def wait_stopped(self) -> None:
        """Until the process is stopped, by somebody else or by itself."""
        status = psutil.Process(self.pid).status
        wait_until(lambda: status() == psutil.STATUS_STOPPED, f"{self.pid} is stopped")

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.process.kill()
        self.process.wait()

    def exit_code(self) -> int:
        """Wait for the end."""
        return self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """In order where it can, by force where it is stopped or does not listen."""
        if self.process.poll() is None:
            self.resume()
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def running(database: Database, *arguments: str) -> Iterator[Process]:
    """`python -m ARGUMENTS` until the block ends."""
    process = Process(database, arguments)
    try:
        yield process
    finally:
        process.end()


def worker_arguments() -> tuple[str, ...]:
    """`clearing work`."""
    return ("adapters.cli.main", "work")


def environment(database: Database) -> dict[str, str]:
    """Settings for a process: the test's database, short lease and watchdog, a free port."""
    return os.environ | {
        "CLEARING_DATABASE_URL": database.application_url,
        "CLEARING_DATABASE_OWNER_URL": database.owner_url,
        # Given, so that no embedded server is looked for; the write path has no use for it.
        "CLEARING_REDIS_URL": "redis://127.0.0.1:1/0",
        "CLEARING_LEASE_SECONDS": str(LEASE_SECONDS),
        "CLEARING_APPEND_WATCHDOG_SECONDS": str(WATCHDOG_SECONDS),
        "CLEARING_WORKER_PORT": str(free_port()),
        "CLEARING_LOG_FORMAT": "console",
    }


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
