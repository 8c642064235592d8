"""A statement: what moved on an account, and the balances before and after."""

from datetime import date, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from domain.kernel.currency import is_currency
from domain.kernel.money import format_amount
from queries.answer import (
    LIMIT_DEFAULT,
    LIMIT_MAXIMUM,
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

PROJECTIONS: Final = ("positions", "postings", "reference")


class MovementView(View, frozen=True, kw_only=True):
    """One movement and the balance after it.

    Of a security both are integers; of cash decimal strings in units of the currency `asset_id`.
    `business_date` is when it was booked, `value_date` when it takes effect.
    """

    asset_id: str
    amount: int | str
    balance_after: int | str
    business_date: date
    value_date: date
    recorded_at: datetime
    ledger_position: int
    cause_kind: str
    cause_id: UUID


class AssetBalances(View, frozen=True, kw_only=True):
    """What was held of an asset before the first and after the last movement of the period."""

    asset_id: str
    kind: str
    opening_balance: int | str
    closing_balance: int | str


class StatementView(View, frozen=True, kw_only=True):
    """One page of an account's movements, oldest first, and the balances of the whole period."""

    account_id: str
    from_date: date | None
    to_date: date | None
    balances: list[AssetBalances]
    items: list[MovementView]
    next_cursor: str | None


# `reflected` is the position of the answer, see queries.answer.
_ASSETS: Final[LiteralString] = """
    SELECT held.asset, latest.balance AS latest_balance, {period}
    FROM (
        SELECT p.asset FROM positions p WHERE p.account_id = %(account_id)s {conditions}
        ORDER BY p.asset LIMIT %(assets_maximum)s
    ) held
    CROSS JOIN LATERAL (
        SELECT m.balance FROM postings m
        WHERE m.account_id = %(account_id)s AND m.asset = held.asset
          AND m.ledger_position <= reflected.position
        ORDER BY m.ledger_position DESC LIMIT 1
    ) latest
    {bounds}
    ORDER BY held.asset"""
_SEEN: Final[LiteralString] = """
    AND EXISTS (SELECT FROM accounts WHERE account_id = %(account_id)s
                                       AND participant_id = ANY(%(participants)s))"""
# A date's movements come after the position at which it was opened. The other way round does not
# hold: an instruction that the clearing worker took up before the close is booked on the old
# date, and may stand behind the opening of the new one. So the search starts there and looks for
# the date.
_FIRST_BOOKED: Final[LiteralString] = """
    LEFT JOIN LATERAL (
        SELECT m.ledger_position, m.balance - m.amount AS balance_before FROM postings m
        WHERE m.account_id = %(account_id)s AND m.asset = held.asset
          AND m.ledger_position <= reflected.position
          AND m.ledger_position > (
              SELECT d.opened_position FROM business_days d WHERE d.business_date {date}
              ORDER BY d.business_date LIMIT 1)
          AND m.business_date {date}
        ORDER BY m.ledger_position LIMIT 1
    ) {name} ON true"""
_MOVEMENTS: Final[LiteralString] = """
    SELECT found.* FROM unnest(%(assets)s::text[], %(firsts)s::bigint[], %(ends)s::bigint[])
                        AS held(asset, first_position, end_position)
    CROSS JOIN LATERAL (
        SELECT m.ledger_position, m.asset, m.amount, m.balance, m.business_date, m.value_date,
               m.recorded_at, m.cause_kind::text AS cause_kind, m.cause_id
        FROM postings m
        WHERE m.account_id = %(account_id)s AND m.asset = held.asset
          AND m.ledger_position >= greatest(held.first_position, %(after)s)
          AND m.ledger_position < held.end_position
          AND (m.ledger_position, m.asset) > (%(after)s, %(after_asset)s)
        ORDER BY m.ledger_position LIMIT %(limit)s
    ) found
    ORDER BY found.ledger_position, found.asset LIMIT %(limit)s"""


class _Period(msgspec.Struct, frozen=True):
    """One asset's balances, and the positions from which and before which its movements lie."""

    asset: str
    opening: int
    closing: int
    first: int | None
    end: int


async def account_movements(
    connection: Connection,
    account_id: str,
    *,
    participants: Participants,
    asset_id: str | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    limit: int = LIMIT_DEFAULT,
    cursor: str | None = None,
) -> Answer[StatementView]:
    """Movements booked from `from_date` to `to_date` (business dates, both included).

    Empty for an account that may not be seen. At most 1,000 assets are shown: name the asset for
    more. Raises `InvalidCursor`, `InvalidLimit`.
    """
    after = decode_cursor(cursor, int, str) or (0, "")
    parameters: dict[str, Any] = {
        "account_id": account_id,
        "asset_id": asset_id,
        "participants": sorted(participants or ()),
        "from_date": from_date,
        "to_date": to_date,
        "assets_maximum": LIMIT_MAXIMUM,
        "limit": check_limit(limit) + 1,
        "after": after[0],
        "after_asset": after[1],
    }
    conditions: LiteralString = "" if asset_id is None else "AND p.asset = %(asset_id)s"
    if participants is not None:
        conditions += _SEEN
    statement = _assets_statement(conditions, from_date, to_date)
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    periods = [_Period(row[0], row[2], row[3], row[4], row[5] or position + 1) for row in rows]
    page = await _movements(connection, periods, limit, parameters)
    statement_view = StatementView(
        account_id=account_id,
        from_date=from_date,
        to_date=to_date,
        balances=[_balances(period) for period in periods],
        items=page.items,
        next_cursor=page.next_cursor,
    )
    return Answer(statement_view, position)


def _assets_statement(
    conditions: LiteralString, from_date: date | None, to_date: date | None
) -> LiteralString:
    opening: LiteralString = "0::bigint"
    closing: LiteralString = "latest.balance"
    first: LiteralString = "1::bigint"
    end: LiteralString = "NULL::bigint"
    bounds: LiteralString = ""
    if from_date is not None:
        opening = "coalesce(opened.balance_before, latest.balance)"
        first = "opened.ledger_position"
        bounds += _FIRST_BOOKED.replace("{date}", ">= %(from_date)s").replace("{name}", "opened")
    if to_date is not None:
        closing = "coalesce(beyond.balance_before, latest.balance)"
        end = "beyond.ledger_position"
        bounds += _FIRST_BOOKED.replace("{date}", "> %(to_date)s").replace("{name}", "beyond")
    return (
        _ASSETS.replace("{period}", f"{opening}, {closing}, {first} AS first, {end} AS beyond")
        .replace("{conditions}", conditions)
        .replace("{bounds}", bounds)
    )


async def _movements(
    connection: Connection, periods: list[_Period], limit: int, parameters: dict[str, Any]
) -> Page[MovementView]:
    """The movements of the periods, oldest first.

    A second statement sees what the first saw: movements are only ever added, and each period ends
    at or before the first statement's position.
    """
    moved = [period for period in periods if period.first is not None]
    parameters["assets"] = [period.asset for period in moved]
    parameters["firsts"] = [period.first for period in moved]
    parameters["ends"] = [period.end for period in moved]
    rows, _ = await fetch(connection, _MOVEMENTS, PROJECTIONS, parameters)
    return page_of(
        [_movement(*row) for row in rows], limit, lambda row: (row.ledger_position, row.asset_id)
    )


def _shown(amount: int, asset: str) -> int | str:
    return format_amount(amount, asset) if is_currency(asset) else amount


def _balances(period: _Period) -> AssetBalances:
    return AssetBalances(
        asset_id=period.asset,
        kind="CASH" if is_currency(period.asset) else "SECURITY",
        opening_balance=_shown(period.opening, period.asset),
        closing_balance=_shown(period.closing, period.asset),
    )


def _movement(
    position: int, asset: str, amount: int, balance: int, booked: date, *rest: Any
) -> MovementView:
    value_date, recorded_at, cause_kind, cause_id = rest
    return MovementView(
        asset_id=asset,
        amount=_shown(amount, asset),
        balance_after=_shown(balance, asset),
        business_date=booked,
        value_date=value_date,
        recorded_at=recorded_at,
        ledger_position=position,
        cause_kind=cause_kind,
        cause_id=cause_id,
    )
