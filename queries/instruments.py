"""Which instruments are there?"""

from decimal import Decimal
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
    SELECT i.instrument_id, i.isin, i.name, i.currency, i.lot_size, i.tick_size, i.settlement_model,
           i.cycle_days, i.mic, i.issuer_account_id, i.status, d.content, i.ledger_position
    FROM instruments i LEFT JOIN documents d ON d.digest = i.reason_digest"""


class InstrumentView(View, frozen=True, kw_only=True):
    """An instrument as it is now.

    `lot_size` is in units of the instrument, `tick_size` a decimal string in units of `currency`,
    `cycle_days` the n of T+n. `status` is LISTED, SUSPENDED or DELISTED.
    """

    instrument_id: str
    isin: str
    name: str
    currency: str
    lot_size: int
    tick_size: str
    settlement_model: str
    cycle_days: int
    mic: str
    issuer_account_id: str | None
    status: str
    status_reason: str | None
    ledger_position: int


async def instrument_by_id(
    connection: Connection, instrument_id: str
) -> Answer[InstrumentView | None]:
    """The instrument, or None."""
    rows, position = await fetch(
        connection,
        f"{_SELECT} WHERE i.instrument_id = %(instrument_id)s",
        PROJECTIONS,
        {"instrument_id": instrument_id},
    )
    return Answer(_view(rows[0]) if rows else None, position)


async def instruments(
    connection: Connection, *, limit: int = LIMIT_DEFAULT, cursor: str | None = None
) -> Answer[Page[InstrumentView]]:
    """All instruments by id: reference data are for every role.

    Raises `InvalidCursor`, `InvalidLimit`.
    """
    after = decode_cursor(cursor, str)
    parameters: dict[str, Any] = {
        "limit": check_limit(limit) + 1,
        "after": after[0] if after else "",
    }
    statement: LiteralString = f"""{_SELECT}
        WHERE i.instrument_id > %(after)s ORDER BY i.instrument_id LIMIT %(limit)s"""
    rows, position = await fetch(connection, statement, PROJECTIONS, parameters)
    found = [_view(row) for row in rows]
    return Answer(page_of(found, limit, lambda row: (row.instrument_id,)), position)


def _view(row: tuple[Any, ...]) -> InstrumentView:
    tick_size: Decimal = row[5]
    return InstrumentView(
        instrument_id=row[0],
        isin=row[1],
        name=row[2],
        currency=row[3],
        lot_size=row[4],
        tick_size=format(tick_size, "f"),
        settlement_model=row[6],
        cycle_days=row[7],
        mic=row[8],
        issuer_account_id=row[9],
        status=row[10],
        status_reason=row[11],
        ledger_position=row[12],
    )
