"""The data folder: one supervisor at a time, and what it leaves behind when it is killed."""

import fcntl
import os
import shutil
import signal
from pathlib import Path
from typing import IO

import msgspec
import psutil
import structlog

from adapters.cli.errors import CommandError
from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.embedded import process as processes
from adapters.embedded.java_server import stop_java_servers

_LOCK_FILE = "up.lock"
_PROCESSES_FILE = "processes.json"

_log = structlog.get_logger(__name__)


class ProcessEntry(msgspec.Struct, frozen=True):
    """A process, by its number and the instant at which it began: numbers are used again."""

    pid: int
    began: float


class DataFolder:
    """A data folder that we hold, until we release it or die."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None

    def hold(self) -> None:
        """Keep other supervisors away, and end what a killed one left running.

        Raises:
            CommandError: it is in use, or it is some other folder.
        """
        lock_file = self.path / _LOCK_FILE
        if self.path.is_dir() and not lock_file.exists() and any(self.path.iterdir()):
            # Else `reset` would one day remove somebody's home.
            raise CommandError(
                f"{self.path} is not empty and was not made by `clearing up`: choose another data"
                " folder by CLEARING_DATA_DIRECTORY"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = lock_file.open("a+")
        except OSError as error:
            raise CommandError(f"cannot use the data folder {self.path}: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise CommandError(
                f"the platform already runs in {self.path} (process {holder})"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self._end_leftovers()

    def release(self) -> None:
        """Let others use the folder."""
        if self._lock is not None:
            (self.path / _PROCESSES_FILE).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def record_processes(self, pids: dict[str, int]) -> None:
        """Remember what runs, for tests, for people, and for the next supervisor."""
        entries = {}
        for name, pid in pids.items():
            try:
                entries[name] = ProcessEntry(pid=pid, began=psutil.Process(pid).create_time())
            except psutil.NoSuchProcess:
                _log.info("process_gone_before_recorded", process=name, pid=pid)
        draft = self.path / f"{_PROCESSES_FILE}.draft"
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(entries)))
        draft.replace(self.path / _PROCESSES_FILE)

    def remove(self) -> None:
        """Stop servers that still run, and remove everything."""
        stop_java_servers(self.path)
        for server in (EmbeddedValkey(self.path), EmbeddedPostgres(self.path)):
            if server.adopt():
                server.stop()
        shutil.rmtree(self.path)
        for below in (self.path, self.path / "valkey"):
            processes.remove_runtime_directory(below)

    def _end_leftovers(self) -> None:
        try:
            content = (self.path / _PROCESSES_FILE).read_bytes()
            entries = msgspec.json.decode(content, type=dict[str, ProcessEntry])
        except FileNotFoundError:
            return
        except msgspec.DecodeError as error:
            raise CommandError(f"{self.path / _PROCESSES_FILE} is not readable: {error}") from error
        for name, entry in entries.items():
            if _is_the_same(entry):
                _log.warning("leftover_process_ended", process=name, pid=entry.pid)
                signals = [signal.SIGTERM, signal.SIGKILL]
                processes.stop(psutil.Process(entry.pid), signals, seconds_each=10.0)


def _is_the_same(entry: ProcessEntry) -> bool:
    try:
        process = psutil.Process(entry.pid)
        return processes.is_running(process) and abs(process.create_time() - entry.began) < 1
    except psutil.NoSuchProcess:
        return False
