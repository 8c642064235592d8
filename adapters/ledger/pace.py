"""Spacing out small steps under load: each commit costs as much as hundreds of rows."""

import time
from typing import Final

_SECONDS_AN_ITEM: Final = 0.001


class Pace:
    """The time between the beginnings of two steps: longer the more the last one carried.

    A step of one item holds the next one up for a millisecond, one of many for up to `seconds`. So
    below a thousand items a second nothing waits noticeably, and above it what comes meanwhile goes
    together, in fewer and larger commits.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def begin(self, items: int) -> None:
        """A step of so many items begins now."""
        self._next = time.monotonic() + min(self._seconds, items * _SECONDS_AN_ITEM)

    def remaining(self) -> float:
        """Seconds until the next step may begin; 0 when it may at once."""
        return max(0.0, self._next - time.monotonic())
