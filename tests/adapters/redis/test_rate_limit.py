"""Rate limits: exact over several processes, and never in the way of correctness."""

import asyncio
import time
from pathlib import Path

from adapters.redis.rate_limit import LOCAL_ONLY, RateLimiter


def a_limiter(redis_url: str, *, rate: int, burst: int) -> RateLimiter:
    return RateLimiter.connect(redis_url, segment="us", rate_per_second=rate, burst=burst)


async def admitted_in(seconds: float, limiters: list[RateLimiter], cost: int = 1) -> int:
    """How many elements all of them admit together for one caller."""
    ends = time.monotonic() + seconds
    total = 0

    async def press(limiter: RateLimiter) -> None:
        nonlocal total
        while time.monotonic() < ends:
            verdict = await limiter.take("caller", cost)
            total += cost if verdict.admitted else 0
            await asyncio.sleep(0 if verdict.admitted else 0.002)

    await asyncio.gather(*(press(limiter) for limiter in limiters for _ in range(3)))
    return total


def test_a_small_limit_is_exact_over_two_processes(redis_url: str) -> None:
    async def scenario() -> None:
        limiters = [a_limiter(redis_url, rate=1, burst=10) for _ in range(2)]
        verdicts = [await limiters[index % 2].take("caller", 1) for index in range(14)]
        assert [verdict.admitted for verdict in verdicts] == [True] * 10 + [False] * 4
        assert [verdict.remaining for verdict in verdicts[:10]] == list(range(9, -1, -1))
        assert 0 < verdicts[-1].retry_after_seconds <= 1
        for limiter in limiters:
            await limiter.close()

    asyncio.run(scenario())


def test_leases_never_admit_more_than_burst_and_rate_allow(redis_url: str) -> None:
    async def scenario() -> None:
        limiters = [a_limiter(redis_url, rate=2_000, burst=1_000) for _ in range(3)]
        started = time.monotonic()
        total = await admitted_in(1.0, limiters)
        elapsed = time.monotonic() - started
        assert 1_000 + 2_000 * 0.8 < total <= 1_000 + 2_000 * elapsed
        for limiter in limiters:
            await limiter.close()

    asyncio.run(scenario())


def test_a_leased_request_needs_no_round_trip(redis_url: str) -> None:
    async def scenario() -> None:
        limiter = a_limiter(redis_url, rate=20_000, burst=100_000)
        for _ in range(20):
            await limiter.take("caller", 1)
        verdict = limiter.take_leased("caller", 1)
        assert verdict is not None
        assert verdict.admitted
        await limiter.close()

    asyncio.run(scenario())


def test_callers_do_not_share_a_limit(redis_url: str) -> None:
    async def scenario() -> None:
        limiter = a_limiter(redis_url, rate=1, burst=1)
        assert (await limiter.take("one", 1)).admitted
        assert not (await limiter.take("one", 1)).admitted
        assert (await limiter.take("other", 1)).admitted
        await limiter.close()

    asyncio.run(scenario())


def test_a_batch_above_the_burst_is_admitted_by_a_full_bucket_and_leaves_a_debt(
    redis_url: str,
) -> None:
    async def scenario() -> None:
        limiter = a_limiter(redis_url, rate=100, burst=100)
        assert (await limiter.take("caller", 150)).admitted
        verdict = await limiter.take("caller", 1)
        assert not verdict.admitted
        assert 0.4 < verdict.retry_after_seconds <= 0.51
        await limiter.close()

    asyncio.run(scenario())


def test_without_valkey_each_process_goes_on_with_a_bound_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        limiter = a_limiter(f"unix://{tmp_path}/nobody.sock", rate=1, burst=5)
        verdicts = [await limiter.take("caller", 1) for _ in range(7)]
        assert [verdict.admitted for verdict in verdicts] == [True] * 5 + [False] * 2
        assert LOCAL_ONLY._value.get() == 1
        await limiter.close()

    asyncio.run(scenario())


def test_limits_are_shared_again_when_valkey_is_back(redis_url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        limiter = a_limiter(f"unix://{tmp_path}/nobody.sock", rate=1, burst=5)
        await limiter.take("caller", 1)
        back = a_limiter(redis_url, rate=1, burst=5)
        limiter._client, limiter._script = back._client, back._script
        limiter._away_until = 0.0
        assert (await limiter.take("caller", 1)).remaining == 4
        assert LOCAL_ONLY._value.get() == 0
        await limiter.close()

    asyncio.run(scenario())
