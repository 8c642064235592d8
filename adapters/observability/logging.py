"""Structured logs on standard error, one event a line, without tokens or secrets."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from adapters.settings import Settings

REDACTED = "[redacted]"

_SECRET_KEY = re.compile(
    r"authorization|password|passwd|secret|token|cookie|credential|api_?key|private_?key",
    re.IGNORECASE,
)
# Names that contain one of those words and say nothing secret.
_HARMLESS_KEYS = frozenset({"token_type", "token_audience", "token_algorithms", "tokens_left"})
_SECRET_TEXT = re.compile(
    r"(?P<bearer>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    # A JSON Web Token, wherever it stands.
    r"|\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"
    # A password in an address.
    r"|(?P<address>://[^\s:/@]*:)[^\s@/]+(?=@)"
    # A password in a form or a query.
    r"|(?P<form>\b(?:password|client_secret|refresh_token|access_token)=)[^\s&]+",
    re.IGNORECASE,
)


def configure_logging(settings: Settings, *, process: str) -> None:
    """Set up logs for this process: ours by structlog, and those of libraries through it.

    Args:
        settings: the level and the format.
        process: the name of the role, on every line.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _process_name(process),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, _to_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # One line a request at level info would be most of the log, and repeat addresses with queries.
    for noisy in ("httpx", "httpcore", "kafka", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor that takes out secrets: by the name of the key, and in any text."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: object, value: Any) -> Any:
    if isinstance(key, str) and key not in _HARMLESS_KEYS and _SECRET_KEY.search(key):
        return REDACTED
    match value:
        case str():
            return _SECRET_TEXT.sub(_keep_prefix, value)
        case bytes() | BaseException():
            text = value.decode(errors="replace") if isinstance(value, bytes) else repr(value)
            return _SECRET_TEXT.sub(_keep_prefix, text)
        case Mapping():
            return {name: _redacted(name, inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(None, inner) for inner in value]
        case _:
            return value


def _keep_prefix(found: re.Match[str]) -> str:
    groups = found.groupdict()
    prefix = groups["bearer"] or groups["address"] or groups["form"] or ""
    return prefix + REDACTED


def _process_name(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return add


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer(default=str, ensure_ascii=False)


_to_formatter = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
