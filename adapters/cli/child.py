"""A child process of the supervisor: started, watched, restarted, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import structlog

from adapters.embedded.process import log_tail
from adapters.settings import PREFIX, Settings

_LOG_BYTES_MAXIMUM = 20 * 1024 * 1024
_STOP_SECONDS = 20.0
_DELAY_FIRST_SECONDS = 0.1
_DELAY_MAXIMUM_SECONDS = 5.0
# One that has run so long starts anew with the shortest pause.
_STEADY_SECONDS = 20.0

_log = structlog.get_logger(__name__)


class Child:
    """One role of the platform in a process of its own.

    Its session is its own too, so that Ctrl-C reaches the supervisor only, which knows the order.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], settings: Settings, ready_url: str
    ) -> None:
        self.name = name
        self.ready_url = ready_url
        self.deaths = 0
        self.log_file = settings.data_directory / "logs" / f"{name}.log"
        self._command = [sys.executable, "-m", "adapters.cli.main", *arguments]
        self._environ = _environ(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._delay = _DELAY_FIRST_SECONDS
        self._restart_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        _turn_over(self.log_file)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._began = time.monotonic()
        self._restart_at = None

    def watch(self) -> bool:
        """Restart the process if it died, after a growing pause; whether it was restarted now."""
        if self._process is None or self._process.poll() is None:
            return False
        now = time.monotonic()
        if self._restart_at is None:
            self.deaths += 1
            is_steady = now - self._began > _STEADY_SECONDS
            self._delay = _DELAY_FIRST_SECONDS if is_steady else self._delay
            self._restart_at = now + self._delay
            _log.error(
                "process_died",
                process=self.name,
                pid=self._process.pid,
                cause=_cause(self._process.returncode),
                restart_in_seconds=self._delay,
                log_file=str(self.log_file),
            )
            self._delay = min(self._delay * 2, _DELAY_MAXIMUM_SECONDS)
        if now < self._restart_at:
            return False
        self.start()
        _log.info("process_restarted", process=self.name, pid=self.pid)
        return True

    def is_ready(self) -> bool:
        """Whether it says that it can do its work."""
        try:
            return httpx.get(self.ready_url, timeout=2.0).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Ask it to finish, wait, and kill it only if it does not."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _log.error("process_killed", process=self.name, waited_seconds=_STOP_SECONDS)
                self._process.kill()
                self._process.wait()
        self._process = None

    def last_words(self) -> str:
        """The end of its log."""
        return log_tail(self.log_file)


def _environ(settings: Settings) -> dict[str, str]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | settings.to_environ()


def _turn_over(log_file: Path) -> None:
    """Keep one old log beside the current one, so that logs do not fill the disk."""
    if log_file.exists() and log_file.stat().st_size > _LOG_BYTES_MAXIMUM:
        log_file.replace(log_file.with_suffix(".log.1"))


def _cause(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    return f"signal {signal.Signals(-returncode).name}"
