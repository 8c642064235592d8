"""Python's garbage collector, set for processes that build large pages of small objects."""

import gc
from typing import Final

_YOUNG_OBJECTS: Final = 100_000
_GENERATIONS: Final = 20


def tune_garbage_collector() -> None:
    """Collect less often, and never look again at what the start has built.

    A page of the log is tens of thousands of tuples without cycles; at the default threshold each
    page is walked dozens of times while it is built.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _GENERATIONS, _GENERATIONS)
