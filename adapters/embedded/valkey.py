"""A real Valkey server, reached only through a private Unix socket; what it holds may be lost."""

import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import redis

from adapters.embedded import process
from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.programs import valkey_program

_START_SECONDS_MAXIMUM = 20.0
_MEMORY_MAXIMUM = "256mb"


class EmbeddedValkey:
    """Valkey for one data folder, as a context manager, for what need not last."""

    def __init__(self, data_directory: Path) -> None:
        self._base = data_directory.resolve()
        self.log_file = self._base / "valkey.log"
        # Not PostgreSQL's folder: as root, that one belongs to the account it runs under.
        self._directory = process.runtime_directory(self._base / "valkey")
        self._socket = self._directory / "valkey.sock"
        self._process: psutil.Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, as redis-py reads it."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """The server's process, if it was started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server, or take over the one that runs, and wait until it answers.

        Raises:
            EmbeddedServerError: it cannot be started.
        """
        self._base.mkdir(parents=True, exist_ok=True)
        process.private_directory(self._directory, None)
        self._process = self._running_server() or self._start_server()
        deadline = time.monotonic() + _START_SECONDS_MAXIMUM
        while self._answering_pid() is None:
            if not self.is_running() or time.monotonic() > deadline:
                tail = process.log_tail(self.log_file)
                raise EmbeddedServerError(f"Valkey did not start. {self.log_file} ends:\n{tail}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server; nothing if it does not run."""
        if self._process is not None:
            process.stop(self._process, [signal.SIGTERM, signal.SIGKILL], seconds_each=10.0)
            self._process = None
            process.remove_runtime_directory(self._base / "valkey")

    def adopt(self) -> bool:
        """Take over a server that runs in the folder, if there is one; start none."""
        self._process = self._running_server()
        return self._process is not None

    def is_running(self) -> bool:
        """Whether the server's process is alive."""
        return process.is_running(self._process)

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.flushall()

    def _running_server(self) -> psutil.Process | None:
        pid = self._answering_pid()
        return None if pid is None else process.find_process(pid, "valkey-server")

    def _start_server(self) -> psutil.Process:
        self._socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "save": "",
            "appendonly": "no",
            "maxmemory": _MEMORY_MAXIMUM,
            "maxmemory-policy": "volatile-ttl",
        }
        command: list[str | Path] = [valkey_program()]
        for name, value in options.items():
            command += [f"--{name}", value]
        return process.spawn(command, directory=self._directory, log_file=self.log_file, user=None)

    def _answering_pid(self) -> int | None:
        if not self._socket.exists():
            return None
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return int(client.info("server")["process_id"])
        except redis.RedisError:
            return None
