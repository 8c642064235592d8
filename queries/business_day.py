"""Which business date is it?"""

from datetime import date, datetime
from typing import Final, LiteralString

from queries.answer import Answer, Connection, View, fetch

PROJECTIONS: Final = ("reference",)


class BusinessDayView(View, frozen=True, kw_only=True):
    """The last business date that was opened, and whether it still is."""

    calendar: str
    business_date: date
    status: str
    opened_at: datetime
    closed_at: datetime | None


_LATEST: Final[LiteralString] = """
    SELECT calendar, business_date, opened_at, closed_at
    FROM business_days ORDER BY business_date DESC LIMIT 1"""


async def business_day(connection: Connection) -> Answer[BusinessDayView | None]:
    """The business day, or None before the first one was opened."""
    rows, position = await fetch(connection, _LATEST, PROJECTIONS, {})
    if not rows:
        return Answer(None, position)
    calendar, business_date, opened_at, closed_at = rows[0]
    view = BusinessDayView(
        calendar=calendar,
        business_date=business_date,
        status="OPEN" if closed_at is None else "CLOSED",
        opened_at=opened_at,
        closed_at=closed_at,
    )
    return Answer(view, position)
