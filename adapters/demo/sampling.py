"""Chance in whole numbers: weighted choices and price walks, the same on every machine.

No floats: every draw is a slice of the generator's bits, so a seed gives the same day everywhere.
"""

from collections.abc import Mapping
from random import Random
from typing import Final, Generic, TypeVar

Choice = TypeVar("Choice")

_TABLE_BITS: Final = 12
_STEPS_IN_TICK: Final = 256
_DAILY_MOVE_PER_MILLE: Final = 12
"""How far a share typically strays from the straight line between two closes."""


class Lottery(Generic[Choice]):
    """Draws choices in proportion to their weights, to a 4,096th; each has at least one ticket."""

    def __init__(self, weights: Mapping[Choice, int]) -> None:
        total = sum(weights.values())
        tickets: list[Choice] = []
        for choice, weight in weights.items():
            tickets += [choice] * max(1, (weight << _TABLE_BITS) // total)
        heaviest = max(weights, key=lambda choice: weights[choice])
        tickets += [heaviest] * ((1 << _TABLE_BITS) - len(tickets))
        self._tickets = tickets[: 1 << _TABLE_BITS]

    def draw(self, random: Random) -> Choice:
        """One choice."""
        return self._tickets[random.getrandbits(_TABLE_BITS)]


class PriceWalk:
    """A random walk of `moves` prices, in ticks, from the last close to exactly today's.

    A Brownian bridge: noise, and a pull towards the close that grows as the day ends.
    """

    __slots__ = ("_close", "_left", "_noise", "_position", "ticks")

    def __init__(self, *, opening: int, close: int, moves: int, root: int) -> None:
        """`root` is the integer square root of `moves`: noise adds up by it."""
        self.ticks = opening
        self._position = opening * _STEPS_IN_TICK
        self._close = close * _STEPS_IN_TICK
        self._left = moves
        self._noise = close * _STEPS_IN_TICK * _DAILY_MOVE_PER_MILLE // (1000 * max(1, root))

    def move(self, random: Random) -> int:
        """The next price in ticks; after the last move it stays at the close."""
        if self._left > 1:
            noise = random.getrandbits(32) % (4 * self._noise + 1) - 2 * self._noise
            pull = (self._close - self._position) // self._left
            self._position = max(_STEPS_IN_TICK, self._position + pull + noise)
        else:
            self._position = self._close
        self._left -= 1
        self.ticks = self._position // _STEPS_IN_TICK
        return self.ticks
