"""What a batch of events makes of the tables of a read model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, LiteralString, NamedTuple, Protocol

from domain.kernel.event import Event
from projections.recorded_event import RecordedEvent

Row = tuple[Any, ...]


class Table(NamedTuple):
    """A table and the columns that a projection writes, with their PostgreSQL types, in order.

    `merged` says that there are merges into it, which need its primary key.
    """

    name: LiteralString
    columns: Mapping[LiteralString, LiteralString]
    merged: bool = False


class Insert(NamedTuple):
    """Rows that are new, whatever was read before."""

    table: Table
    rows: Sequence[Row]


class Merge(NamedTuple):
    """Rows of which some may be there already.

    `statement` adds the rows of `incoming`, which has the columns of `table`, to the table.
    """

    table: Table
    rows: Sequence[Row]
    statement: LiteralString


class Amend(NamedTuple):
    """One change of one row, for what happens rarely: an UPDATE with its parameters."""

    statement: LiteralString
    parameters: Mapping[str, Any]


Change = Insert | Merge | Amend
Handlers = Mapping[type[Event], Callable[[RecordedEvent], None]]


class Projection(Protocol):
    """One batch's worth of a read model: made for a batch, given its events, asked for changes.

    The same events make the same rows, whatever the batches are they come in.
    """

    name: ClassVar[str]
    tables: ClassVar[tuple[Table, ...]]

    def __init__(self) -> None: ...

    @property
    def handlers(self) -> Handlers:
        """What to do with each type of event; other types do not concern it."""
        ...

    def changes(self) -> Sequence[Change]:
        """What the events given so far make of the tables, to be written in this order."""
        ...
