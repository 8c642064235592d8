"""Empty copies of live tables in another schema, with all that belongs to a table."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

# Indexes, and constraints that an index backs, each as the statement that makes it. No schema is
# named in it: the search path finds the copy when it is run.
_INDEXES: Final = """
    SELECT CASE WHEN c.oid IS NULL
                THEN replace(pg_get_indexdef(i.indexrelid), format(' ON %%I.', n.nspname), ' ON ')
                ELSE format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', t.relname, c.conname,
                            pg_get_constraintdef(c.oid)) END,
           coalesce(c.contype = 'p', false)
    FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
    WHERE n.nspname = %s AND t.relname = %s
    ORDER BY i.indexrelid"""
_OPTIONS: Final = """
    SELECT unnest(t.reloptions) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = %s AND t.relname = %s"""
_GRANTS: Final = """
    SELECT g.privilege_type, pg_get_userbyid(g.grantee)
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace, aclexplode(t.relacl) g
    WHERE n.nspname = %s AND t.relname = %s AND g.grantee NOT IN (0, t.relowner)"""


class Index(NamedTuple):
    """The statement that makes an index or a constraint, and whether it is the primary key."""

    statement: SQL
    is_key: bool


def create_empty_copy(
    connection: Connection[Any], live: str, copy: str, table: str
) -> Sequence[Index]:
    """Make a table like the live one, without its indexes; returns what makes those."""
    source, target = Identifier(live, table), Identifier(copy, table)
    connection.execute(
        SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)").format(target, source)
    )
    for (option,) in connection.execute(_OPTIONS, (live, table)).fetchall():
        connection.execute(SQL("ALTER TABLE {} SET ({})").format(target, _from_catalogue(option)))
    _copy_grants(connection, live, table, target)
    return [
        Index(_from_catalogue(statement), is_key)
        for statement, is_key in connection.execute(_INDEXES, (live, table)).fetchall()
    ]


def _copy_grants(connection: Connection[Any], live: str, table: str, target: Composable) -> None:
    for privilege, grantee in connection.execute(_GRANTS, (live, table)).fetchall():
        connection.execute(
            SQL("GRANT {} ON {} TO {}").format(
                _from_catalogue(privilege), target, Identifier(grantee)
            )
        )


def _from_catalogue(statement: str) -> SQL:
    """SQL that PostgreSQL's own catalogue gave us."""
    return SQL(statement)
