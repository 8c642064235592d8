"""Which life of the ledger this is: a restored backup uses positions a second time."""

from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import EVENTS_TABLE, schema_name


class Incarnation(NamedTuple):
    """One life of the ledger; `since_position` was the end of the log when it began."""

    number: int
    incarnation: str
    since_position: int


def incarnations(connection: Connection[Any], segment: str) -> list[Incarnation]:
    """All of them; the last one is now."""
    statement = SQL(
        "SELECT number, incarnation::text, since_position FROM {}.ledger_incarnations"
        " ORDER BY number"
    ).format(Identifier(schema_name(segment)))
    with connection.cursor(row_factory=class_row(Incarnation)) as cursor:
        return cursor.execute(statement).fetchall()


def begin_incarnation(connection: Connection[Any], segment: str) -> Incarnation:
    """Begin a new one, as the owner, after a restore and before anything else runs."""
    schema = Identifier(schema_name(segment))
    statement = SQL(
        "INSERT INTO {}.ledger_incarnations (since_position)"
        " SELECT coalesce(max(notification_id), 0) FROM {}.{}"
        " RETURNING number, incarnation::text, since_position"
    ).format(schema, schema, Identifier(EVENTS_TABLE))
    with connection.cursor(row_factory=class_row(Incarnation)) as cursor:
        begun = cursor.execute(statement).fetchone()
    assert begun is not None
    return begun
