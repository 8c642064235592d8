"""How many streams are open: bounded in all, and for one caller."""

from collections import Counter


class OpenStreams:
    """Counts streams of server-sent events of this process."""

    def __init__(self, *, in_all: int, of_one_caller: int) -> None:
        self._in_all = in_all
        self._of_one_caller = of_one_caller
        self._by_caller: Counter[str] = Counter()

    def enter(self, caller: str) -> bool:
        """Whether one more may be opened; it counts from now on."""
        if (
            self._by_caller.total() >= self._in_all
            or self._by_caller[caller] >= self._of_one_caller
        ):
            return False
        self._by_caller[caller] += 1
        return True

    def leave(self, caller: str) -> None:
        """One was closed."""
        self._by_caller[caller] -= 1
        if self._by_caller[caller] <= 0:
            del self._by_caller[caller]
