"""Writing a projection's changes: COPY for rows, one statement for what changes rarely."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

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
    table = change.table
    if isinstance(change, Insert):
        _copy(cursor, table, Identifier(table.name), change.rows)
        return
    # One for the connection's life: made anew each time it would leave dead rows in the catalogue.
    # It need not have the newest layout, only these columns.
    staging = Identifier(f"incoming_{table.name}")
    definitions = [
        SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in table.columns.items()
    ]
    cursor.execute(
        SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS").format(
            staging, SQL(", ").join(definitions)
        )
    )
    _copy(cursor, table, staging, change.rows)
    incoming = SQL("WITH incoming AS (SELECT * FROM {}) ").format(staging)
    cursor.execute(incoming + SQL(change.statement))


def _copy(cursor: Cursor[Any], table: Table, target: Identifier, rows: Sequence[Row]) -> None:
    columns = SQL(", ").join(map(Identifier, table.columns))
    kinds = list(table.columns.values())
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, columns)
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
