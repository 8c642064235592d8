"""The application: routes, and what happens to every error."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import HTTPRouteHandler

from adapters.http.access_log import AccessLog
from adapters.http.edge import Edge
from adapters.http.endpoint import handler_of
from adapters.http.problems import MEDIA_TYPE, ProblemDocument, problem_of
from adapters.http.routes import ROUTES
from adapters.http.services import Services

log = structlog.get_logger()
_ALL_METHODS: Final = ("GET", "POST", "OPTIONS")


def create_app(services: Services) -> Litestar:
    """The HTTP interface on these services; nothing is global.

    The services are started and closed by whoever made them; the application only says, through
    `services.closing`, when streams are to end.
    """
    handlers: list[HTTPRouteHandler] = [handler_of(route, services) for route in ROUTES]
    access_log = AccessLog(services.settings)
    application = Litestar(
        route_handlers=handlers,
        openapi_config=None,
        logging_config=None,
        exception_handlers={Exception: _on_error},
        lifespan=[_ending(services, access_log)],
        # Bodies are measured where they are read, route by route.
        request_max_body_size=None,
        pdb_on_exception=False,
        debug=False,
    )
    application.asgi_handler = Edge(application.asgi_handler, access_log)
    return application


def _ending(services: Services, access_log: AccessLog) -> Any:
    @asynccontextmanager
    async def lifespan(_application: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            services.closing.set()
            access_log.close()

    return lifespan


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Every error as problem details, and in the log as loudly as the table says."""
    problem, level = problem_of(error)
    state = request.scope["state"]
    headers = dict(problem.headers)
    if isinstance(error, MethodNotAllowedException):
        headers["Allow"] = ", ".join(_allowed(request))
    if level > logging.DEBUG:
        log.log(
            logging.ERROR if level == logging.CRITICAL else level,
            "request failed",
            code=problem.code,
            status=problem.status,
            cause=type(error).__name__,
            detail=str(error),
            correlation_id=state["correlation_id"],
            exc_info=error if level == logging.CRITICAL else None,
        )
    document = ProblemDocument.of(problem, state["correlation_id"])
    return Response(
        content=msgspec.json.encode(document),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _allowed(request: Request[Any, Any, Any]) -> list[str]:
    """The methods that the address takes (RFC 9110 §15.5.6)."""
    router = request.app.asgi_router
    allowed = []
    for method in _ALL_METHODS:
        try:
            router.handle_routing(path=request.scope["path"].rstrip("/") or "/", method=method)
        except MethodNotAllowedException:
            continue
        allowed.append(method)
    return allowed
