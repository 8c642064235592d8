"""Digests of read models: equal when, and only when, their rows are."""

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import schema_name
from projections.catalogue import PROJECTIONS
from projections.changes import Table

# A sum does not depend on the order of the rows, and unlike a running exclusive-or it also sees a
# row that is there twice. Two halves of a digest, so that rows cannot easily cancel each other out.
_DIGEST: Final = """
    SELECT count(*), coalesce(sum(('x' || left(digest, 15))::bit(60)::bigint), 0),
           coalesce(sum(('x' || right(digest, 15))::bit(60)::bigint), 0)
    FROM (SELECT md5(entry::text) AS digest FROM {} AS entry) digests"""

# What a replay of the same instructions must come to again, in whatever order independent ones came
# and under whatever ids: balances and numbers of outcomes, no positions, times or server's ids.
_STATUS: Final[Mapping[str, str]] = {
    "positions": "SELECT account_id, asset, quantity FROM positions",
    "trades": """
        SELECT t.instrument_id, t.buyer_account_id, t.seller_account_id, t.quantity, t.price,
               t.venue, t.venue_trade_id, t.client_reference, r.code, r.side, s.consideration,
               s.ledger_position IS NOT NULL AS settled
        FROM trades t
        LEFT JOIN trade_rejections r USING (trade_id)
        LEFT JOIN settlements s ON s.instruction_id = t.trade_id""",
    "transfers": """
        SELECT t.kind, t.asset, t.amount, t.from_account_id, t.to_account_id, t.client_reference,
               r.code, r.side, s.ledger_position IS NOT NULL AS settled
        FROM transfers t
        LEFT JOIN transfer_rejections r USING (transfer_id)
        LEFT JOIN settlements s ON s.instruction_id = t.transfer_id""",
    "participants": "SELECT participant_id, suspended FROM participants",
    "instruments": "SELECT instrument_id, status FROM instruments",
    "accounts": "SELECT account_id, suspended FROM accounts",
}


def digest(connection: Connection[Any], segment: str, name: str) -> str:
    """The digest of every table of a read model, every column of it, in any physical order."""
    return " ".join(_of_table(connection, segment, table) for table in PROJECTIONS[name].tables)


def status_digest(connection: Connection[Any]) -> str:
    """The digest of balances and statuses only, over a connection that finds the segment's tables.

    Rules of clearing and settlement, G1: duplicates and another order of independent commands
    leave it the same.
    """
    parts = []
    for name, query in _STATUS.items():
        source = SQL("({})").format(SQL(query))
        parts.append(_digest_of(connection, name, source))
    return " ".join(parts)


def _of_table(connection: Connection[Any], segment: str, table: Table) -> str:
    source = Identifier(schema_name(segment), table.name)
    # The order of columns is the live table's own; a rebuilt one is made like it.
    return _digest_of(connection, table.name, source)


def _digest_of(connection: Connection[Any], name: str, source: Any) -> str:
    row = connection.execute(SQL(_DIGEST).format(source)).fetchone()
    assert row is not None
    rows, one, other = row
    return f"{name}:{rows}:{int(one):x}:{int(other):x}"
