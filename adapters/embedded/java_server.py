"""What the servers that run on Java have in common: started, found, watched and stopped."""

import os
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import psutil
import structlog

from adapters.embedded import process
from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.java import java_program

# Costs least on two cores: one collector thread, and no second compiler beside what runs.
JAVA_OPTIONS = ("-XX:+UseSerialGC", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8")

_LOOK_INTERVAL_SECONDS = 0.1

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGKILL)
_STOP_SECONDS_EACH = 30.0
# Before the folder of a server, on its command line.
_MARK = "-Dclearing.server="

_log = structlog.get_logger(__name__)


class JavaServer(ABC):
    """A server on Java for one data folder, as a context manager.

    One that is still running after its starter was killed is taken over. Data survive. The server
    is known by an option on its command line that names the folder: it is found again whatever
    became of whoever started it.

    Attributes:
        directory: what it stores.
        log_file: what it says.
    """

    name: ClassVar[str]
    start_seconds_maximum: ClassVar[float]

    def __init__(self, data_directory: Path) -> None:
        base = data_directory.resolve()
        self.directory = base / self.name.lower()
        self.log_file = base / f"{self.name.lower()}.log"
        self._process: psutil.Process | None = None
        self._is_new = False

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
    def pid(self) -> int | None:
        """The server's process, if it was started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server, or take over the one that runs, and wait until it answers.

        Raises:
            EmbeddedServerError: it cannot be fetched or started.
        """
        try:
            self.begin()
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def begin(self) -> None:
        """What `start` does, without waiting: two begun together are there in less time.

        Raises:
            EmbeddedServerError: it cannot be fetched.
        """
        self._is_new = False
        if not self.is_running() and not self.adopt():
            self.launch()

    def launch(self) -> None:
        """Start the server, of which none runs, without waiting for it.

        Raises:
            EmbeddedServerError: it cannot be fetched.
        """
        process.private_directory(self.directory, None)
        command = [java_program(), *JAVA_OPTIONS, self._mark, *self._prepare()]
        self._is_new = True
        self._process = process.spawn(
            command,
            directory=self.directory,
            log_file=self.log_file,
            user=None,
            environment=self._environment(),
        )

    def stop(self) -> None:
        """Shut down in order; nothing if it does not run."""
        if self._process is not None:
            process.stop(self._process, _STOP_SIGNALS, seconds_each=_STOP_SECONDS_EACH)
            self._process = None

    def adopt(self) -> bool:
        """Take over a server that runs in the folder, if there is one; start none."""
        self._process = next(_marked(self._mark), None)
        if self._process is not None:
            _log.info("server_taken_over", server=self.name, pid=self._process.pid)
        return self._process is not None

    def is_running(self) -> bool:
        """Whether the server's process is alive."""
        return process.is_running(self._process)

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it answers, for people."""

    @abstractmethod
    def _prepare(self) -> Sequence[str | Path]:
        """Write what it reads at start; the command line after Java's own options."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it does its work."""

    def _environment(self) -> dict[str, str]:
        return {}

    @property
    def _mark(self) -> str:
        return f"{_MARK}{self.directory}{os.sep}"

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.start_seconds_maximum
        while not self._answers():
            if not self.is_running():
                # One that was killed a moment ago may have looked alive when we began.
                if self._is_new:
                    raise self._start_error("it stopped")
                self.launch()
            if time.monotonic() > deadline:
                raise self._start_error("it does not answer")
            time.sleep(_LOOK_INTERVAL_SECONDS)

    def _start_error(self, what: str) -> EmbeddedServerError:
        tail = process.log_tail(self.log_file)
        return EmbeddedServerError(
            f"{self.name} did not start: {what}. {self.log_file} ends:\n{tail}"
        )


def stop_java_servers(data_directory: Path, *, but: Collection[str] = ()) -> None:
    """Stop what runs in the folder, whoever started it; `but` are names of servers."""
    kept = {name.lower() for name in but}
    for found in _marked(f"{_MARK}{data_directory.resolve()}{os.sep}"):
        mark = next(part for part in found.info["cmdline"] if part.startswith(_MARK))
        name = Path(mark.removeprefix(_MARK)).name
        if name not in kept:
            _log.warning("leftover_server_stopped", server=name, pid=found.pid)
            process.stop(found, _STOP_SIGNALS, seconds_each=_STOP_SECONDS_EACH)


def _marked(mark: str) -> Iterator[psutil.Process]:
    """The running processes with an option that begins so."""
    for found in psutil.process_iter(["cmdline"]):
        # None where another user's process may not be looked at.
        arguments = found.info["cmdline"] or ()
        if any(part.startswith(mark) for part in arguments) and process.is_running(found):
            yield found


def is_listening(port: int) -> bool:
    """Whether somebody on this machine takes connections there."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port(preferred: int | None = None) -> int:
    """A port of this machine on which nobody listens: the preferred one, if it is free."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", preferred or 0))
        except OSError:
            if preferred is None:
                raise
            return free_port()
        port: int = listener.getsockname()[1]
        return port
