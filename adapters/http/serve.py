"""Running the HTTP interface: its services opened around the server, and closed after it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
import uvicorn

from adapters.bootstrap import WriteSide
from adapters.http.app import create_app
from adapters.http.notifications import STREAMS_MAXIMUM, STREAMS_OF_ONE_CALLER_MAXIMUM
from adapters.http.one_write import OneWriteProtocol
from adapters.http.ownership import AccountOwners
from adapters.http.read_models import PostgresReadModels
from adapters.http.services import Services
from adapters.http.streams import OpenStreams
from adapters.identity import TokenVerifier
from adapters.redis.rate_limit import RateLimiter
from adapters.settings import Settings

_GRACE_SECONDS: Final = 15
_KEEP_ALIVE_SECONDS: Final = 30
_BACKLOG: Final = 2_048
log = structlog.get_logger()


@asynccontextmanager
async def open_services(settings: Settings, closing: asyncio.Event) -> AsyncIterator[Services]:
    """Everything that the routes use, opened and closed in order."""
    verifier = TokenVerifier.from_settings(settings)
    limiter = RateLimiter.connect(
        settings.redis_url,
        segment=settings.segment,
        rate_per_second=settings.rate_limit_per_second,
        burst=settings.rate_limit_burst,
    )
    try:
        async with WriteSide(settings) as write, PostgresReadModels(settings) as reads:
            yield Services(
                settings=settings,
                verifier=verifier,
                intake=write.intake,
                administration=write.administration,
                outcomes=write.outcomes,
                reads=reads,
                owners=AccountOwners(reads),
                limiter=limiter,
                streams=OpenStreams(
                    in_all=STREAMS_MAXIMUM, of_one_caller=STREAMS_OF_ONE_CALLER_MAXIMUM
                ),
                closing=closing,
            )
    finally:
        await limiter.close()
        await verifier.close()


class ApiServer(uvicorn.Server):
    """Uvicorn that tells streams to end before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but the signal that stopped it is not raised again.

        It would end the process before intake is drained and connections are closed.
        """
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end streams, finish what is being answered."""
        self._closing.set()
        await super().shutdown(sockets)


def api_server(services: Services) -> ApiServer:
    """The server on the address that the settings name."""
    settings = services.settings
    config = uvicorn.Config(
        create_app(services),
        host=settings.http_host,
        port=settings.http_port,
        loop="none",
        http=OneWriteProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return ApiServer(config, services.closing)


async def serve(settings: Settings) -> None:
    """Serve until a signal says to stop; intake is drained before this returns."""
    async with open_services(settings, asyncio.Event()) as services:
        log.info("api listens", host=settings.http_host, port=settings.http_port)
        await api_server(services).serve()
