"""`/healthz`, `/readyz` and `/metrics` of a process that serves nothing else."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

_SOCKET_TIMEOUT_SECONDS: Final = 5


class HealthServer:
    """A small HTTP server in a thread; says nothing private and needs no token.

    `is_ready` answers whether the process does its work (or stands by to do it).
    """

    def __init__(self, host: str, port: int, is_ready: Callable[[], bool]) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = _SOCKET_TIMEOUT_SECONDS
            server_version = "clearing"
            sys_version = ""

            def do_GET(self) -> None:
                status, kind, body = _answer(self.path, is_ready)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Probes come every few seconds and are not worth a line each."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(path: str, is_ready: Callable[[], bool]) -> tuple[HTTPStatus, str, bytes]:
    if path == "/metrics":
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest()
    if path == "/healthz":
        return HTTPStatus.OK, "application/json", msgspec.json.encode({"status": "alive"})
    if path == "/readyz":
        if is_ready():
            return HTTPStatus.OK, "application/json", msgspec.json.encode({"status": "ready"})
        body = msgspec.json.encode({"status": "not ready"})
        return HTTPStatus.SERVICE_UNAVAILABLE, "application/json", body
    return HTTPStatus.NOT_FOUND, "application/json", msgspec.json.encode({"status": "not found"})
