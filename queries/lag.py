"""How far behind the log is each of its followers?"""

from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import tuple_row

from queries.answer import Answer, Connection, View


class LagView(View, frozen=True, kw_only=True):
    """A follower of the log, how many events it has not read yet, and how old the first of them is.

    The clearing worker's position is that of the last instruction it decided; it is behind only
    while there is one that it has not decided.
    """

    name: str
    ledger_position: int
    behind: int
    behind_seconds: float


_LAG: Final[LiteralString] = """
    SELECT head.position, t.application_name, t.notification_id,
           CASE WHEN first.recorded_at IS NULL THEN 0
                ELSE greatest(0, head.position - t.notification_id) END,
           greatest(0, round(coalesce(
               extract(epoch FROM clock_timestamp() - first.recorded_at), 0), 3))::float8
    FROM (SELECT coalesce(max(notification_id), 0) AS position FROM ledger_events) head
    LEFT JOIN ledger_tracking t ON true
    LEFT JOIN LATERAL (
        SELECT recorded_at FROM ledger_events
        WHERE notification_id > t.notification_id
          AND (t.application_name <> 'clearing-worker'
               OR topic IN ('TradeSubmitted.v1', 'TransferSubmitted.v1',
                            'AccountSuspensionRequested.v1', 'AccountReinstatementRequested.v1'))
        ORDER BY notification_id LIMIT 1
    ) first ON true
    ORDER BY t.application_name"""


async def lag(connection: Connection) -> Answer[list[LagView]]:
    """Every follower of the log; the answer's position is the head of the log."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_LAG)
        return _answer(await cursor.fetchall())


def lag_now(connection: psycopg.Connection[Any]) -> Answer[list[LagView]]:
    """The same, for a program that waits for its answer."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return _answer(cursor.execute(_LAG).fetchall())


def _answer(rows: list[tuple[Any, ...]]) -> Answer[list[LagView]]:
    followers = [
        LagView(name=name, ledger_position=position, behind=behind, behind_seconds=seconds)
        for _, name, position, behind, seconds in rows
        if name is not None
    ]
    return Answer(followers, rows[0][0])
