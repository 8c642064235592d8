"""Which participants are there?"""

from typing import Any, Final, LiteralString

from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    Page,
    View,
    check_limit,
    decode_cursor,
    fetch,
    page_of,
)

PROJECTIONS: Final = ("reference",)
_SELECT: Final[LiteralString] = """
    SELECT p.participant_id, p.name, p.lei, p.bic, p.suspended, d.content, p.ledger_position
    FROM participants p LEFT JOIN documents d ON d.digest = p.reason_digest"""


class ParticipantView(View, frozen=True, kw_only=True):
    """A participant as it is now; `status_reason` is that of its last change."""

    participant_id: str
    name: str
    lei: str | None
    bic: str | None
    status: str
    status_reason: str | None
    ledger_position: int


async def participant_by_id(
    connection: Connection, participant_id: str
) -> Answer[ParticipantView | None]:
    """The participant, or None."""
    rows, position = await fetch(
        connection,
        f"{_SELECT} WHERE p.participant_id = %(participant_id)s",
        PROJECTIONS,
        {"participant_id": participant_id},
    )
    return Answer(_view(*rows[0]) if rows else None, position)


async def participants(
    connection: Connection, *, limit: int = LIMIT_DEFAULT, cursor: str | None = None
) -> Answer[Page[ParticipantView]]:
    """All participants by id: reference data are for every role.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    after = decode_cursor(cursor, str)
    parameters: dict[str, Any] = {
        "limit": check_limit(limit) + 1,
        "after": after[0] if after else "",
    }
    statement: LiteralString = f"""{_SELECT}
        WHERE p.participant_id > %(after)s ORDER BY p.participant_id LIMIT %(limit)s"""
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [_view(*row) for row in rows]
    return Answer(page_of(found, limit, lambda row: (row.participant_id,)), position)


def _view(
    participant_id: str,
    name: str,
    lei: str | None,
    bic: str | None,
    suspended: bool,  # noqa: FBT001 - a column of the row
    reason: str | None,
    position: int,
) -> ParticipantView:
    return ParticipantView(
        participant_id=participant_id,
        name=name,
        lei=lei,
        bic=bic,
        status="SUSPENDED" if suspended else "ACTIVE",
        status_reason=reason,
        ledger_position=position,
    )
