"""How far behind the log is each of its followers?"""

from typing import Final, LiteralString

from queries.answer import Answer, Connection, View


class LagView(View, frozen=True, kw_only=True):
    """A follower's position, and how many events of the log it has not read yet."""

    name: str
    ledger_position: int
    behind: int


_LAG: Final[LiteralString] = """
    SELECT head.position, t.application_name, t.notification_id
    FROM (SELECT coalesce(max(notification_id), 0) AS position FROM ledger_events) head
    LEFT JOIN ledger_tracking t ON true
    ORDER BY t.application_name"""


async def lag(connection: Connection) -> Answer[list[LagView]]:
    """Every follower of the log; the answer's position is the head of the log."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_LAG)
        rows: list[tuple[int, str | None, int]] = await cursor.fetchall()
    head = rows[0][0]
    followers = [
        LagView(name=name, ledger_position=position, behind=max(0, head - position))
        for _, name, position in rows
        if name is not None
    ]
    return Answer(followers, head)
