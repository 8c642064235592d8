"""Randomness from the operating system, fetched in pages.

Each call to the system gives up the interpreter's lock, and getting it back behind a busy thread
costs far more than the bytes do.
"""

import os
from typing import Final

_PAGE_BYTES: Final = 4_096


class _Page:
    __slots__ = ("digits", "offset")

    def __init__(self) -> None:
        self.digits = ""
        self.offset = 0


_page: Final = _Page()


def random_hex(count: int) -> str:
    """`count` random bytes as hexadecimal digits, never handed out before.

    For one thread: the event loop's. A forked child would hand out the parent's bytes again, so
    processes are started, not forked.
    """
    start, stop = _page.offset, _page.offset + 2 * count
    if stop > len(_page.digits):
        fresh = os.urandom(max(_PAGE_BYTES, count)).hex()
        _page.digits, start, stop = fresh, 0, 2 * count
    _page.offset = stop
    return _page.digits[start:stop]
