"""What a query answers with: content, the position it reflects, and pages with cursors."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, LiteralString, TypeVar

import msgspec
from psycopg import AsyncConnection

Connection = AsyncConnection[Any]
Participants = frozenset[str] | None
"""Whose data may be seen; None is everybody's."""

T = TypeVar("T")
LIMIT_DEFAULT: Final = 100
LIMIT_MAXIMUM: Final = 1_000

REFLECTED: Final[LiteralString] = """(
    SELECT CASE WHEN count(*) = cardinality(%(projections)s::text[])
                THEN min(notification_id) ELSE 0 END AS position
    FROM ledger_tracking WHERE application_name = ANY(%(projections)s)
)"""
"""The position that all the projections have reached.

In the same statement as the rows: under READ COMMITTED a statement takes its snapshot after its
locks, so rows and position agree even while a rebuilt read model is switched in.
"""


_NOT_OURS: Final = "the cursor is not one of this list"


class InvalidCursor(ValueError):
    """A cursor that this query did not hand out."""


class InvalidLimit(ValueError):
    """A limit outside 1 to 1,000."""


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of what queries answer with: camelCase in JSON."""


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """What was asked for, as of `ledger_position`."""

    content: T
    ledger_position: int


class Page(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """One page of a list; `next_cursor` leads to the next and is null on the last."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*key: int | str) -> str:
    """An opaque cursor for the last row's key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The key in a cursor of these types; raises `InvalidCursor`."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key: list[Any] = msgspec.json.decode(raw, type=list[int | str])
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor(_NOT_OURS) from error
    if [type(part) for part in key] != list(types) or not all(map(_is_storable, key)):
        raise InvalidCursor(_NOT_OURS)
    return tuple(key)


def _is_storable(part: int | str) -> bool:
    """Whether PostgreSQL would take it as a bigint or a text."""
    return "\0" not in part if isinstance(part, str) else abs(part) < 2**63


def check_limit(limit: int) -> int:
    """The limit itself; raises `InvalidLimit`."""
    if not 1 <= limit <= LIMIT_MAXIMUM:
        raise InvalidLimit(f"a limit is between 1 and {LIMIT_MAXIMUM}")
    return limit


def page_of(items: Sequence[T], limit: int, key: Callable[[T], tuple[int | str, ...]]) -> Page[T]:
    """A page of at most `limit` of the items, of which one more than that was asked for."""
    shown = list(items[:limit])
    return Page(shown, encode_cursor(*key(shown[-1])) if len(items) > limit else None)


async def fetch(
    connection: Connection,
    rows: LiteralString,
    projections: Sequence[str],
    parameters: Mapping[str, Any],
) -> tuple[list[tuple[Any, ...]], int]:
    """The rows of a SELECT and the position they reflect, in one statement.

    The first column of `rows` is never null: its absence says that there is no row.
    """
    # The columns of `rows` follow the position.
    statement: LiteralString = (
        f"SELECT reflected.position, page.* FROM {REFLECTED} reflected"
        f" LEFT JOIN LATERAL ({rows}) page ON true"
    )
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, {**parameters, "projections": list(projections)})
        found: list[tuple[Any, ...]] = await cursor.fetchall()
    return [row[1:] for row in found if row[1] is not None], int(found[0][0])
