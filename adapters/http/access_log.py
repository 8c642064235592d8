"""One line a request: what was asked by whom, and how it ended; no bodies, queries or tokens."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import BinaryIO, Final

import msgspec
import structlog

from adapters.settings import Settings

_WRITE_AFTER_SECONDS: Final = 0.1
_STATIC: Final = {"event": "request", "level": "info", "process": "api"}
_ENCODE: Final = msgspec.json.Encoder().encode


class AccessLog:
    """Writes structured lines beside the ordinary log, in its form.

    JSON goes straight to the stream: every field is made here and none is secret, so the processors
    that look for secrets in any text would only cost time, thousands of times a second.
    """

    def __init__(self, settings: Settings) -> None:
        self._enabled = settings.log_level in ("debug", "info")
        self._console = settings.log_format == "console"
        self._logger = structlog.get_logger("access")
        self._lines = _Lines(sys.stderr.buffer)

    def close(self) -> None:
        """Write the last lines."""
        self._lines.write_out()

    def write(
        self,
        method: str,
        route: str,
        status: int,
        seconds: float,
        correlation_id: str,
        actor: str | None,
    ) -> None:
        """One request that was answered; status 0 when the client did not wait for it."""
        if not self._enabled:
            return
        line = {
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
            "correlation_id": correlation_id,
            "actor": actor,
        }
        if self._console:
            self._logger.info("request", **line)
            return
        self._lines.add(_ENCODE(line | _STATIC | {"timestamp": datetime.now(UTC)}))


class _Lines:
    """A file of lines that are written together, a few times a second.

    A write gives up the interpreter's lock, and getting it back behind the thread that appends to
    the ledger costs more than the rest of the request.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._pending: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Keep the line; the first one kept says when all are written."""
        if not self._pending:
            asyncio.get_running_loop().call_later(_WRITE_AFTER_SECONDS, self.write_out)
        self._pending += (line, b"\n")

    def write_out(self) -> None:
        """Write what was kept."""
        data = b"".join(self._pending)
        self._pending.clear()
        self._target.write(data)
        self._target.flush()
