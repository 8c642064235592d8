"""A load generator that costs little: prebuilt requests over keep-alive connections, no futures.

It shares the machine with what it measures. The closed loop sends the next request when the last
one was answered. The open loop sends at fixed instants whatever the answers do, and counts latency
from the instant at which a request was due, not from when a connection was free for it: so a stall
of the server is felt by everybody who would have come meanwhile (no coordinated omission).
"""

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import cast

import msgspec

_HEAD_END = b"\r\n\r\n"
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_FAILURES_KEPT = 3


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The answer to request `index`; `seconds` since it was due."""

    index: int
    status: int
    body: bytes
    seconds: float


class Load(msgspec.Struct, kw_only=True):
    """What came of a run. `seconds` is from the first request to the last answer."""

    seconds: float = 0.0
    latencies: list[float] = msgspec.field(default_factory=list)
    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    failures: list[bytes] = msgspec.field(default_factory=list)

    def add(self, answer: Answer) -> None:
        self.latencies.append(answer.seconds)
        self.statuses[answer.status] += 1
        if answer.status >= 300 and len(self.failures) < _FAILURES_KEPT:
            self.failures.append(answer.body)

    def percentile(self, per_mille: int) -> float:
        """Seconds below which so many thousandths of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, len(ordered) * per_mille // 1000)]


def post(path: str, host: str, token: str, body: bytes) -> bytes:
    """The bytes of an authenticated POST of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, answered: Callable[["_Connection", Answer], None]) -> None:
        self._answered = answered
        self._buffer = b""
        self._index = 0
        self._due = 0.0
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport has the methods and another base.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_exception(exc or ConnectionResetError("closed by the server"))

    def send(self, index: int, request: bytes, due: float) -> None:
        assert self._transport is not None
        self._index, self._due = index, due
        self._transport.write(request)

    def close(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        found = _CONTENT_LENGTH.search(self._buffer, 0, end + 2)
        if found is None:
            raise ValueError(f"an answer without a length: {self._buffer[:200]!r}")
        stop = end + len(_HEAD_END) + int(found.group(1))
        if len(self._buffer) < stop:
            return
        body = self._buffer[end + len(_HEAD_END) : stop]
        status = int(self._buffer[9:12])
        self._buffer = self._buffer[stop:]
        seconds = time.perf_counter() - self._due
        self._answered(self, Answer(self._index, status, body, seconds))


async def closed_loop(
    host: str,
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    collect: Callable[[Answer], None] | None = None,
) -> Load:
    """Send every request, `connections` at a time."""
    load, finished = Load(), asyncio.get_running_loop().create_future()
    waiting = deque(enumerate(requests))

    def answered(connection: _Connection, answer: Answer) -> None:
        load.add(answer)
        if collect is not None:
            collect(answer)
        if waiting:
            connection.send(*waiting.popleft(), time.perf_counter())
        elif len(load.latencies) == len(requests):
            finished.set_result(None)

    pool = await _connect(host, port, min(connections, len(requests)), answered)
    begun = time.perf_counter()
    for connection in pool:
        connection.send(*waiting.popleft(), time.perf_counter())
    await _until(finished, pool)
    load.seconds = time.perf_counter() - begun
    return load


async def open_loop(
    host: str, port: int, requests: Sequence[bytes], *, rate: float, connections: int
) -> Load:
    """Send `rate` requests a second; one that finds no free connection waits, and that counts."""
    loop = asyncio.get_running_loop()
    load, finished = Load(), loop.create_future()
    due: deque[tuple[int, bytes, float]] = deque()
    free: list[_Connection] = []

    def dispatch() -> None:
        while due and free:
            free.pop().send(*due.popleft())

    def answered(connection: _Connection, answer: Answer) -> None:
        load.add(answer)
        free.append(connection)
        dispatch()
        if len(load.latencies) == len(requests):
            finished.set_result(None)

    pool = await _connect(host, port, connections, answered)
    free.extend(pool)
    begun = time.perf_counter()
    sender = asyncio.create_task(_send_on_time(requests, rate, begun, due, dispatch))
    await _until(finished, pool)
    await sender
    load.seconds = time.perf_counter() - begun
    return load


async def _send_on_time(
    requests: Sequence[bytes],
    rate: float,
    begun: float,
    due: "deque[tuple[int, bytes, float]]",
    dispatch: Callable[[], None],
) -> None:
    for index, request in enumerate(requests):
        instant = begun + index / rate
        pause = instant - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        due.append((index, request, instant))
        dispatch()


async def _connect(
    host: str, port: int, count: int, answered: Callable[[_Connection, Answer], None]
) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    pool = []
    for _ in range(count):
        _, connection = await loop.create_connection(lambda: _Connection(answered), host, port)
        pool.append(connection)
    return pool


async def _until(finished: "asyncio.Future[None]", pool: Sequence[_Connection]) -> None:
    """Until all is answered; raises what broke a connection."""
    await asyncio.wait(
        [finished, *(connection.lost for connection in pool)],
        return_when=asyncio.FIRST_COMPLETED,
    )
    if not finished.done():
        for connection in pool:
            if connection.lost.done():
                connection.lost.result()
    for connection in pool:
        connection.close()
