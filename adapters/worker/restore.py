"""The state of a worker that starts: a checkpoint, and the tail of the log folded in."""

from collections.abc import Callable
from typing import Final

import structlog

from adapters.ledger.codec import TOPICS, decode_at
from adapters.ledger.reader import LogReader
from adapters.worker.checkpoint import Checkpoint, Checkpoints
from adapters.worker.decide import OUTPUT_TOPICS
from domain.clearing.house import REFERENCE_EVENTS

_PAGE_LIMIT: Final = 10_000
_REFERENCE_TOPICS: Final = frozenset(TOPICS[cls] for cls in REFERENCE_EVENTS)
_FOLDED_TOPICS: Final = tuple(OUTPUT_TOPICS | _REFERENCE_TOPICS)
log = structlog.get_logger()


def restore(
    checkpoints: Checkpoints,
    reader: LogReader,
    decided_until: int,
    progress: Callable[[], None],
) -> Checkpoint:
    """The state in which every instruction up to `decided_until` has been decided.

    The worker's own events are folded in to the end of the log (they belong to those instructions,
    whatever their position); reference data only up to `decided_until`, because what comes later
    must not be seen by the instructions between. A checkpoint may be ahead of `decided_until`, by
    reference data only: the worker's position moves with decisions. `progress` is called for each
    page, because a long replay is not a standstill.
    """
    head = reader.head()
    start = checkpoints.load(head=head)
    decided_until = max(decided_until, start.instructions_until)
    house = start.house
    after = min(start.instructions_until, start.outputs_until)
    folded = 0
    while after < head:
        progress()
        page = reader.page(after, _FOLDED_TOPICS, _PAGE_LIMIT)
        for position, stream, topic, state in page.rows:
            if topic in OUTPUT_TOPICS:
                wanted = position > start.outputs_until
            else:
                wanted = start.instructions_until < position <= decided_until
            if wanted:
                house.evolve(stream, decode_at(position, topic, state))
                folded += 1
        after = page.read_until
    log.info("state restored", checkpoint=start.instructions_until, events=folded, head=head)
    return Checkpoint(house, decided_until, max(head, start.outputs_until))
