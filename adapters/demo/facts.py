"""The real instruments and their real closing prices; `SOURCES.md` says where they come from."""

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from adapters.demo.story import StoryInstrument


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """How a share ended a trading day: its price in USD, and its volume in shares."""

    price: Decimal
    volume: int


@cache
def instruments() -> tuple[StoryInstrument, ...]:
    """The instruments, ordered by id."""
    return tuple(
        msgspec.convert(row, StoryInstrument, strict=False) for row in _rows("instruments.csv")
    )


@cache
def closes() -> dict[date, dict[str, Close]]:
    """The closes of each trading day by instrument id; days in their order."""
    days: dict[date, dict[str, Close]] = {}
    for row in _rows("closing_prices.csv"):
        close = Close(price=Decimal(row["close_usd"]), volume=int(row["volume_shares"]))
        days.setdefault(date.fromisoformat(row["date"]), {})[row["instrument_id"]] = close
    return days


def trading_days() -> tuple[date, ...]:
    """The days with closes. The first has no day before it and cannot be simulated."""
    return tuple(closes())


def day_before(day: date) -> date:
    """The trading day before `day`; raises `ValueError` when the data do not have both."""
    days = trading_days()
    if day not in days[1:]:
        raise ValueError(
            f"there are prices from {days[1]} to {days[-1]} on trading days, not {day}"
        )
    return days[days.index(day) - 1]


def _rows(name: str) -> list[dict[str, str]]:
    text = files("adapters.demo").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
