"""How far behind the log is each of its followers?"""

from typing import Final, LiteralString

from queries.answer import Answer, Connection, View


class LagView(View, frozen=True, kw_only=True):
    """A follower's position, and how many events of the log lie before it."""

    name: str
    ledger_position: int
    behind: int


# The clearing worker's position is that of the last instruction it decided: behind it is what lies
# from the first undecided instruction on, and not the events that it wrote itself.
_LAG: Final[LiteralString] = """
    SELECT head.position, t.application_name, t.notification_id,
           CASE WHEN t.application_name = 'clearing-worker' THEN
               (SELECT e.notification_id - 1 FROM ledger_events e
                WHERE e.notification_id > t.notification_id AND e.topic IN (
                    'TradeSubmitted.v1', 'TransferSubmitted.v1',
                    'AccountSuspensionRequested.v1', 'AccountReinstatementRequested.v1')
                ORDER BY e.notification_id LIMIT 1)
           ELSE t.notification_id END AS done_until
    FROM (SELECT coalesce(max(notification_id), 0) AS position FROM ledger_events) head
    LEFT JOIN ledger_tracking t ON true
    ORDER BY t.application_name"""


async def lag(connection: Connection) -> Answer[list[LagView]]:
    """Every follower of the log; the answer's position is the head of the log."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_LAG)
        rows: list[tuple[int, str | None, int, int | None]] = await cursor.fetchall()
    head = rows[0][0]
    followers = [
        LagView(name=name, ledger_position=position, behind=_behind(head, done_until))
        for _, name, position, done_until in rows
        if name is not None
    ]
    return Answer(followers, head)


def _behind(head: int, done_until: int | None) -> int:
    """None: there is nothing left to do."""
    return 0 if done_until is None else max(0, head - done_until)
