"""What became of participants' instructions since a position?"""

from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    Participants,
    View,
    check_limit,
    fetch,
)

PROJECTIONS: Final = ("notifications", "reference")


class NotificationView(View, frozen=True, kw_only=True):
    """One participant is told that an instruction was settled or rejected.

    `notification_id` is the same whenever it is asked for. `kind` is TRADE or TRANSFER, `outcome`
    SETTLED or REJECTED; `code` and `side` say why.
    """

    notification_id: str
    participant_id: str
    kind: str
    instruction_id: UUID
    outcome: str
    code: str | None
    side: str | None
    recorded_at: datetime
    ledger_position: int


async def notifications_since(
    connection: Connection,
    *,
    participants: Participants,
    since: int = 0,
    limit: int = LIMIT_DEFAULT,
) -> Answer[list[NotificationView]]:
    """Notifications after position `since`, oldest first.

    All those of one position are on one page, so that the last one's position is where to go on:
    a page may be longer than `limit` by the participants of one instruction. Raises `InvalidLimit`.
    """
    recipients: LiteralString = "SELECT participant_id FROM participants"
    if participants is not None:
        recipients = "SELECT DISTINCT unnest(%(participants)s::text[]) AS participant_id"
    statement: LiteralString = f"""
        SELECT found.* FROM ({recipients}) recipient CROSS JOIN LATERAL (
            SELECT n.ledger_position, n.participant_id, n.kind::text AS kind, n.instruction_id,
                   n.outcome::text AS outcome, n.code, n.side, n.recorded_at
            FROM notifications n
            WHERE n.participant_id = recipient.participant_id AND n.ledger_position > %(since)s
            ORDER BY n.ledger_position LIMIT %(limit)s
        ) found
        ORDER BY found.ledger_position FETCH FIRST %(limit)s ROWS WITH TIES"""
    parameters: dict[str, Any] = {
        "since": since,
        "limit": check_limit(limit),
        "participants": sorted(participants or ()),
    }
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    return Answer([_view(*row) for row in rows], position)


def _view(
    position: int,
    participant_id: str,
    kind: str,
    instruction_id: UUID,
    outcome: str,
    *rest: Any,
) -> NotificationView:
    code, side, recorded_at = rest
    return NotificationView(
        notification_id=f"{position}-{participant_id}",
        participant_id=participant_id,
        kind=kind,
        instruction_id=instruction_id,
        outcome=outcome,
        code=code,
        side=side,
        recorded_at=recorded_at,
        ledger_position=position,
    )
