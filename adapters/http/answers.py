"""Answers on the wire: in one piece, or as a stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from litestar.types import Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


class Whole:
    """An answer in one piece: two messages, and no layer between."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """ASGI."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class Streamed:
    """An answer that goes on until its source ends or the client has gone."""

    __slots__ = ("closed", "headers", "source", "status")

    def __init__(
        self,
        status: int,
        headers: Headers,
        source: AsyncIterator[bytes],
        closed: Callable[[], None] | None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.source = source
        self.closed = closed

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await send(
                {"type": "http.response.start", "status": self.status, "headers": self.headers}
            )
            sending = asyncio.create_task(self._send(send))
            leaving = asyncio.create_task(_until_gone(receive))
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, leaving):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        finally:
            if self.closed is not None:
                self.closed()

    async def _send(self, send: Send) -> None:
        async for part in self.source:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
