"""Writing a projection's changes: COPY for rows, one statement for what changes rarely."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from projections.changes import Amend, Change, Insert, Merge, Row, Table

# What a column is sent as, where that is not its own type: a uuid comes as its 16 bytes, and an
# enumeration is sent as text.
_SENT_AS: Final = {
    "uuid": "bytea",
    "instruction_kind": "text",
    "instruction_outcome": "text",
}


class MissingRow(Exception):
    """An event amends a row that is not there: the read model was not built from this log."""


def write_changes(cursor: Cursor[Any], changes: Iterable[Change]) -> None:
    """Write the changes in order, to the tables that the search path finds.

    Raises `MissingRow`, and psycopg's errors: rows that are there already are an `IntegrityError`.
    """
    for change in changes:
        if isinstance(change, Amend):
            cursor.execute(change.statement, change.parameters)
            if cursor.rowcount != 1:
                raise MissingRow(f"{change.parameters} amends {cursor.rowcount} rows")
        elif change.rows:
            _write_rows(cursor, change)


def _write_rows(cursor: Cursor[Any], change: Insert | Merge) -> None:
    if isinstance(change, Insert):
        _copy(cursor, change.table, change.rows)
    else:
        _merge(cursor, change)


def _merge(cursor: Cursor[Any], change: Merge) -> None:
    """The rows as arrays: a temporary table would leave dead rows in the catalogue each time."""
    names = SQL(", ").join(map(Identifier, change.table.columns))
    kinds = change.table.columns.values()
    arrays = SQL(", ").join(SQL("%s::{}[]").format(SQL(kind)) for kind in kinds)
    incoming = SQL("WITH incoming ({}) AS (SELECT * FROM unnest({})) ").format(names, arrays)
    columns = [
        [value and UUID(bytes=value) for value in column] if kind == "uuid" else list(column)
        for kind, column in zip(kinds, zip(*change.rows, strict=True), strict=True)
    ]
    cursor.execute(incoming + SQL(change.statement), columns)


def _copy(cursor: Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
    columns = SQL(", ").join(map(Identifier, table.columns))
    kinds = list(table.columns.values())
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(table.name), columns
    )
    with cursor.copy(statement) as copy:
        copy.set_types([_SENT_AS.get(kind, kind) for kind in kinds])
        write = copy.write_row
        for row in _with_documents(rows, kinds):
            write(row)


def _with_documents(rows: Sequence[Row], kinds: Sequence[str]) -> Iterable[Row]:
    if "jsonb" not in kinds:
        return rows
    column = kinds.index("jsonb")
    return [(*row[:column], Jsonb(row[column]), *row[column + 1 :]) for row in rows]
