"""Do the balances of this moment add up? Cheap enough to be asked every minute.

`verify_invariants` proves it from the whole log, at every position; this looks at the latest
balances only, one row for each account and asset, so what it costs does not grow with history.
"""

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import tuple_row

# Whatever is no listed instrument is a currency. Reference data may be a moment behind positions:
# an account that is not known yet is not judged yet.
_VIOLATIONS: Final = """
    WITH halved AS (
        SELECT 1 FROM ledger_tracking t
        JOIN ledger_events e ON e.notification_id = t.notification_id + 1
        WHERE t.application_name = 'positions' AND e.topic = 'PositionUpdated.v1'
    )
    SELECT 'assets_sum_to_zero', count(*) FROM (
        SELECT 1 FROM positions GROUP BY asset HAVING sum(quantity) <> 0
    ) unbalanced
    UNION ALL
    SELECT 'members_are_not_overdrawn', count(*)
    FROM positions p
    JOIN accounts a USING (account_id)
    LEFT JOIN instruments i ON i.instrument_id = p.asset
    WHERE p.quantity < 0 AND a.kind IN ('HOUSE', 'OMNIBUS', 'INDIVIDUAL')
      AND (i.instrument_id IS NOT NULL
           OR p.quantity < -coalesce((a.cash_limits->>p.asset)::bigint, 0))
    UNION ALL
    SELECT 'central_counterparty_is_flat', count(*)
    FROM positions p JOIN accounts a USING (account_id)
    WHERE p.quantity <> 0 AND a.kind = 'CCP'
    UNION ALL
    SELECT 'halved', count(*) FROM halved"""


def standing_balances(connection: Connection[Any]) -> dict[str, int] | None:
    """How many violations each rule has: 0 for all of them when everything is right.

    None when the read model stands between two movements of one instruction, as it may for the
    moment between two of its transactions: nothing can be said then, and one asks again.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        found: dict[str, int] = dict(cursor.execute(_VIOLATIONS).fetchall())
    return None if found.pop("halved") else found
