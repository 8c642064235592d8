"""What is held, by account and asset?"""

from typing import Any, Final, LiteralString

from domain.kernel.currency import is_currency
from domain.kernel.money import format_amount
from queries.answer import (
    LIMIT_DEFAULT,
    Answer,
    Connection,
    Page,
    Participants,
    View,
    check_limit,
    decode_cursor,
    fetch,
    page_of,
)

PROJECTIONS: Final = ("positions", "reference")


class PositionView(View, frozen=True, kw_only=True):
    """One account's holding of one asset since `ledger_position`.

    `quantity` of a SECURITY is an integer; of CASH a decimal string in units of `currency`.
    """

    account_id: str
    asset_id: str
    kind: str
    quantity: int | str
    currency: str | None
    ledger_position: int


async def positions(
    connection: Connection,
    *,
    participants: Participants,
    account_id: str | None = None,
    asset_id: str | None = None,
    participant_id: str | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[Page[PositionView]]:
    """Positions that meet every filter that is given, by account and asset.

    An account that never moved an asset has no position in it. Raises `InvalidCursor`,
    `InvalidLimit`.
    """
    after = decode_cursor(cursor, str, str)
    conditions: list[LiteralString] = ["true"]
    parameters: dict[str, Any] = {"limit": check_limit(limit) + 1}
    if after is not None:
        conditions.append("(p.account_id, p.asset) > (%(after_account)s, %(after_asset)s)")
        parameters["after_account"], parameters["after_asset"] = after
    if account_id is not None:
        conditions.append("p.account_id = %(account_id)s")
        parameters["account_id"] = account_id
    if asset_id is not None:
        conditions.append("p.asset = %(asset_id)s")
        parameters["asset_id"] = asset_id
    for name, seen in (
        ("participants", participants),
        ("asked", None if participant_id is None else {participant_id}),
    ):
        if seen is not None:
            conditions.append(_OF_PARTICIPANTS[name])
            parameters[name] = sorted(seen)
    statement: LiteralString = f"""
        SELECT p.account_id, p.asset, p.quantity, p.ledger_position
        FROM positions p WHERE {" AND ".join(conditions)}
        ORDER BY p.account_id, p.asset LIMIT %(limit)s"""
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [position_view(*row) for row in rows]
    return Answer(page_of(found, limit, lambda row: (row.account_id, row.asset_id)), position)


_OF_PARTICIPANTS: Final[dict[str, LiteralString]] = {
    "participants": "p.account_id IN (SELECT account_id FROM accounts"
    " WHERE participant_id = ANY(%(participants)s))",
    "asked": "p.account_id IN (SELECT account_id FROM accounts"
    " WHERE participant_id = ANY(%(asked)s))",
}


def position_view(account_id: str, asset: str, quantity: int, position: int) -> PositionView:
    """A balance as clients see it."""
    cash = is_currency(asset)
    return PositionView(
        account_id=account_id,
        asset_id=asset,
        kind="CASH" if cash else "SECURITY",
        quantity=format_amount(quantity, asset) if cash else quantity,
        currency=asset if cash else None,
        ledger_position=position,
    )
