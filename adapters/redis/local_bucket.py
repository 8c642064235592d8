"""A token bucket of this process alone: what bounds a caller while Valkey is away."""

import math
from collections.abc import Callable


class LocalBucket:
    """Admits at most `burst` at once and `rate` a second; larger costs leave a debt."""

    __slots__ = ("_at", "_burst", "_clock", "_rate", "tokens")

    def __init__(self, rate: int, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._at = clock()
        self.tokens = float(burst)

    def take(self, cost: int) -> float:
        """0.0 when admitted, otherwise the seconds after which it may be."""
        now = self._clock()
        self.tokens = min(self._burst, self.tokens + (now - self._at) * self._rate)
        self._at = now
        needed = min(cost, self._burst)
        if self.tokens < needed:
            return (needed - self.tokens) / self._rate
        self.tokens -= cost
        return 0.0

    @property
    def remaining(self) -> int:
        """Whole tokens that are left."""
        return max(0, math.floor(self.tokens))
