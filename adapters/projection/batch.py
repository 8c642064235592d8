"""A page of events, through a set of projections, into their changes."""

from collections.abc import Callable, Iterable, Sequence

from domain.kernel.event import Event
from projections.changes import Change, Projection
from projections.recorded_event import RecordedEvent


class ProjectionFailed(Exception):
    """A projection cannot make rows of the event at a position; going on would lose it."""

    def __init__(self, position: int, cause: Exception) -> None:
        super().__init__(f"ledger position {position}: {type(cause).__name__}: {cause}")
        self.position = position


def event_types_of(projections: Iterable[type[Projection]]) -> frozenset[type[Event]]:
    """The types of events that concern any of the projections."""
    return frozenset(kind for projection in projections for kind in projection().handlers)


def changes_of(
    projections: Iterable[type[Projection]], events: Sequence[RecordedEvent]
) -> list[Change]:
    """What the events make of the projections' tables; raises `ProjectionFailed`."""
    batch = [projection() for projection in projections]
    handlers: dict[type[Event], list[Callable[[RecordedEvent], None]]] = {}
    for projection in batch:
        for kind, handler in projection.handlers.items():
            handlers.setdefault(kind, []).append(handler)
    for recorded in events:
        try:
            for handle in handlers.get(type(recorded.event), ()):
                handle(recorded)
        except Exception as error:
            raise ProjectionFailed(recorded.position, error) from error
    return [change for projection in batch for change in projection.changes()]
