"""Rate limits at the door: what a request costs its caller, and what it is told of its limit."""

import math

from adapters.http.call import Call
from adapters.http.problems import Problem
from adapters.redis.rate_limit import Verdict


async def charge(call: Call, cost: int) -> None:
    """Count `cost` elements against the caller's limit; raises a `Problem` with 429."""
    limiter = call.services.limiter
    subject = call.caller.subject
    verdict = limiter.take_leased(subject, cost) or await limiter.take(subject, cost)
    _tell_limit(call, verdict)
    if not verdict.admitted:
        seconds = max(1, math.ceil(verdict.retry_after_seconds))
        raise Problem(
            429,
            "RATE_LIMITED",
            f"at most {limiter.rate_per_second} elements a second, {limiter.burst} at once",
            headers={"Retry-After": str(seconds)},
        )


def _tell_limit(call: Call, verdict: Verdict) -> None:
    limiter = call.services.limiter
    missing = max(0, limiter.burst - verdict.remaining)
    reset = max(-(-missing // limiter.rate_per_second), math.ceil(verdict.retry_after_seconds))
    call.scope["state"]["answer_headers"] += (
        (b"ratelimit-limit", b"%d" % limiter.burst),
        (b"ratelimit-remaining", b"%d" % verdict.remaining),
        (b"ratelimit-reset", b"%d" % reset),
    )
