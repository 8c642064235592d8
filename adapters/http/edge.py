"""The outermost layer: request ids, security headers, the access log and metrics, in one place.

It also sees what no route does, such as unknown addresses.
"""

import time
from typing import Any, Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Gauge, Histogram

from adapters.http.access_log import AccessLog
from adapters.http.answers import Whole
from adapters.http.problems import MEDIA_TYPE, Problem, ProblemDocument
from adapters.http.request_headers import correlation_id

REQUESTS = Counter("http_server_requests", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "From the request's first byte to the answer's last.",
    ["method", "route"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
IN_FLIGHT = Gauge("http_server_active_requests", "Requests being answered.")

_SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_DEFAULT_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
ACTIVE_MAXIMUM: Final = 4_096
"""Requests being answered, streams and waits included; one more is told to come back."""
_METHODS: Final = frozenset({"GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE"})


class Edge:
    """Wraps the whole application."""

    def __init__(self, application: ASGIApp, access_log: AccessLog) -> None:
        self._application = application
        self._access_log = access_log
        self._active = 0
        self._measured: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != ScopeType.HTTP:
            await self._application(scope, receive, send)
            return
        started = time.perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        request_id = correlation_id(given)
        state: dict[str, Any] = {"correlation_id": request_id, "answer_headers": []}
        scope["state"] = state
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _complete(message["headers"], request_id, state)
            await send(message)

        self._active += 1
        IN_FLIGHT.set(self._active)
        application = _overloaded if self._active > ACTIVE_MAXIMUM else self._application
        try:
            await application(scope, receive, send_with_headers)
        finally:
            self._active -= 1
            IN_FLIGHT.set(self._active)
            self._record(scope, state, status, time.perf_counter() - started)

    def _record(self, scope: Any, state: dict[str, Any], status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        # The template, never the address itself: labels stay few, and ids stay out of metrics.
        route = scope.get("path_template") or "unknown"
        measured = self._measured.get((method, route, status))
        if measured is None:
            measured = self._measured[method, route, status] = (
                REQUESTS.labels(method, route, str(status)),
                REQUEST_SECONDS.labels(method, route),
            )
        measured[0].inc()
        measured[1].observe(seconds)
        self._access_log.write(
            method, route, status, seconds, state["correlation_id"], state.get("actor")
        )


async def _overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(503, "OVERLOADED", "this process answers as many requests as it can")
    document = ProblemDocument.of(problem, scope["state"]["correlation_id"])
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", b"1")]
    await Whole(problem.status, headers, msgspec.json.encode(document))(scope, receive, send)


def _complete(given: Any, request_id: str, state: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    headers = list(given)
    headers.extend(state["answer_headers"])
    headers.append((b"x-request-id", request_id.encode("latin-1")))
    headers.extend(_SECURITY_HEADERS)
    names = {name for name, _ in headers}
    headers.extend(header for header in _DEFAULT_HEADERS if header[0] not in names)
    return headers
