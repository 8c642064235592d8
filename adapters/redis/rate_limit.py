"""How much one caller may ask for: a token bucket in Valkey, shared by all API processes.

Elements are counted, so a batch of 1,000 costs 1,000. A busy caller's tokens are leased to a
process in chunks, because a round trip a request would cost more than the request.
"""

import asyncio
import math
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.local_bucket import LocalBucket

_SCRIPT: Final = (Path(__file__).parent / "token_bucket.lua").read_text(encoding="utf-8")
_LEASE_SECONDS: Final = 0.5
_LEASE_MARGIN_SECONDS: Final = 0.25
"""A process stops spending so long before the bucket forgets its lease."""
_CHUNK_SECONDS: Final = 0.05
_CHUNK_SMALLEST: Final = 16
_CHUNK_SHARE_OF_BURST: Final = 16
_TIMEOUT_SECONDS: Final = 0.25
_RETRY_SECONDS: Final = 1.0
_CALLERS_MAXIMUM: Final = 10_000
log = structlog.get_logger()

LIMITED = Counter("clearing_rate_limited", "Requests refused because of the caller's rate limit.")
LOCAL_ONLY = Gauge(
    "clearing_rate_limit_local_only",
    "1 while Valkey does not answer and each process bounds callers by itself.",
)


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Whether a request is admitted, and what the caller is told of its limit."""

    admitted: bool
    remaining: int
    retry_after_seconds: float = 0.0


class _Caller:
    """What this process holds for one caller."""

    __slots__ = ("bucket", "chunk", "ends", "lock", "refilled", "remaining", "tokens")

    def __init__(self) -> None:
        self.tokens = 0
        self.ends = 0.0
        self.chunk = 0
        self.refilled = -math.inf
        self.remaining = 0
        self.lock = asyncio.Lock()
        self.bucket: LocalBucket | None = None


class RateLimiter:
    """At most `burst` elements at once and `rate_per_second` in the long run, for each caller.

    While Valkey is away each process goes on with a bound of its own, and says so.
    """

    def __init__(self, client: "Redis", *, segment: str, rate_per_second: int, burst: int) -> None:
        self.rate_per_second = rate_per_second
        self.burst = burst
        self._client = client
        self._script = client.register_script(_SCRIPT)
        self._prefix = f"clearing:{segment}:limit:"
        self._process = uuid4().hex
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._away_until = 0.0
        self._away = False
        largest = min(int(rate_per_second * _CHUNK_SECONDS), burst // _CHUNK_SHARE_OF_BURST)
        self._chunk_largest = largest if largest >= _CHUNK_SMALLEST else 0

    @classmethod
    def connect(
        cls, redis_url: str, *, segment: str, rate_per_second: int, burst: int
    ) -> "RateLimiter":
        """A limiter on the server at `redis_url`; connects when it is first needed."""
        client = Redis.from_url(
            redis_url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
        return cls(client, segment=segment, rate_per_second=rate_per_second, burst=burst)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def take_leased(self, caller: str, cost: int) -> Verdict | None:
        """Spend from this process's lease; None when it does not suffice."""
        held = self._callers.get(caller)
        if held is None or held.tokens < cost or held.ends <= time.monotonic():
            return None
        held.tokens -= cost
        return Verdict(True, held.remaining + held.tokens)

    async def take(self, caller: str, cost: int) -> Verdict:
        """Whether `caller` may have `cost` elements more now."""
        verdict = self.take_leased(caller, cost)
        if verdict is not None:
            return verdict
        held = self._held(caller)
        async with held.lock:
            # Somebody may have fetched a lease while this one waited for the lock.
            verdict = self.take_leased(caller, cost)
            if verdict is None:
                verdict = await self._draw(caller, held, cost)
        if not verdict.admitted:
            LIMITED.inc()
        return verdict

    def _held(self, caller: str) -> _Caller:
        held = self._callers.get(caller)
        if held is None:
            held = self._callers[caller] = _Caller()
            if len(self._callers) > _CALLERS_MAXIMUM:
                self._callers.popitem(last=False)
        return held

    async def _draw(self, caller: str, held: _Caller, cost: int) -> Verdict:
        now = time.monotonic()
        if now < self._away_until:
            return self._take_locally(held, cost)
        unused = held.tokens if held.ends > now else 0
        self._adapt_chunk(held, now)
        arguments = (
            self.rate_per_second,
            self.burst,
            cost,
            held.chunk,
            unused,
            self._process,
            int((_LEASE_SECONDS + _LEASE_MARGIN_SECONDS) * 1000),
        )
        held.tokens = 0
        try:
            answer: Any = await self._script(keys=[self._prefix + caller], args=arguments)
        except (RedisError, OSError, TimeoutError) as error:
            self._went_away(error)
            return self._take_locally(held, cost)
        self._came_back()
        admitted, leased, remaining, wait_ms = answer
        held.tokens, held.ends, held.refilled = leased, now + _LEASE_SECONDS, now
        held.remaining = max(0, remaining)
        return Verdict(bool(admitted), held.remaining + leased, wait_ms / 1000)

    def _adapt_chunk(self, held: _Caller, now: float) -> None:
        """Lease only to those who come back at once, and more to those who do so again."""
        if now - held.refilled < _LEASE_SECONDS:
            grown = max(_CHUNK_SMALLEST, 2 * held.chunk)
            held.chunk = min(self._chunk_largest, grown)
        else:
            held.chunk = 0

    def _take_locally(self, held: _Caller, cost: int) -> Verdict:
        if held.bucket is None:
            held.bucket = LocalBucket(self.rate_per_second, self.burst, time.monotonic)
        wait_seconds = held.bucket.take(cost)
        return Verdict(wait_seconds == 0, held.bucket.remaining, wait_seconds)

    def _went_away(self, error: Exception) -> None:
        self._away_until = time.monotonic() + _RETRY_SECONDS
        if not self._away:
            self._away = True
            LOCAL_ONLY.set(1)
            log.warning(
                "rate limits are each process's own until Valkey answers",
                cause=type(error).__name__,
                hint="start it with `clearing up`, or check CLEARING_REDIS_URL",
            )

    def _came_back(self) -> None:
        if self._away:
            self._away = False
            LOCAL_ONLY.set(0)
            for held in self._callers.values():
                held.bucket = None
            log.info("rate limits are shared again: Valkey answers")
