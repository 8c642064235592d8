"""One line a request: what was asked by whom, and how it ended; no bodies, queries or tokens."""

import sys
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from adapters.settings import Settings

_ENCODE: Final = msgspec.json.Encoder().encode


class AccessLog:
    """Writes structured lines beside the ordinary log.

    JSON goes straight to the stream: every field is made here and none is secret, so the processors
    that look for secrets in any text would only cost time, thousands of times a second.
    """

    def __init__(self, settings: Settings) -> None:
        self.enabled = settings.log_level in ("debug", "info")
        self._logger: Any = structlog.wrap_logger(
            structlog.BytesLogger(sys.stderr.buffer),
            processors=[_render],
            cache_logger_on_first_use=True,
        )
        if settings.log_format == "console":
            self._logger = structlog.get_logger("access")

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
        if self.enabled:
            self._logger.info(
                "request",
                method=method,
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 2),
                correlation_id=correlation_id,
                actor=actor,
            )


def _render(_logger: Any, method: str, event: Any) -> bytes:
    line = {
        "event": event.pop("event"),
        "level": method,
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "process": "api",
    }
    line.update(event)
    return _ENCODE(line)
