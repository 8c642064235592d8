"""Numbers out of JSON exactly as they were written: never through a float."""

from decimal import Decimal
from functools import lru_cache

import msgspec

from commands.refusal import RequestRefused
from domain.kernel.currency import MINOR_UNIT_DIGITS
from domain.kernel.money import AMOUNT_MAXIMUM, MalformedNumber, parse_amount, parse_price


def read_price(raw: msgspec.Raw, pointer: str = "/price") -> Decimal:
    """A price from a JSON number or string; raises `RequestRefused`."""
    try:
        return _price(bytes(raw))
    except MalformedNumber as error:
        raise RequestRefused("INVALID_PRICE", pointer, str(error)) from None
    except _NoNumber:
        raise _no_number(pointer) from None


@lru_cache(maxsize=65_536)
def _price(data: bytes) -> Decimal:
    """Remembered, because a market's prices lie on a grid and come again and again."""
    return parse_price(_characters(data))


def read_amount(raw: msgspec.Raw, currency: str, pointer: str) -> int:
    """An amount of money from a JSON number or string, in minor units; raises `RequestRefused`."""
    try:
        amount = parse_amount(_characters(bytes(raw)), currency)
    except MalformedNumber as error:
        raise RequestRefused("INVALID_AMOUNT", pointer, str(error)) from None
    except _NoNumber:
        raise _no_number(pointer) from None
    if amount > AMOUNT_MAXIMUM:
        raise RequestRefused("INVALID_AMOUNT", pointer, "more than one instruction may move")
    return amount


def check_currency(code: str, pointer: str) -> None:
    """Raises `RequestRefused` for what is not an ISO 4217 code."""
    if code not in MINOR_UNIT_DIGITS:
        raise RequestRefused("INVALID_CURRENCY", pointer, "not an ISO 4217 currency code")


class _NoNumber(ValueError):
    """JSON that is neither a number nor a string."""


def _characters(data: bytes) -> str:
    """The characters of a JSON number, or between the quotes of a JSON string."""
    first = data[:1]
    if first == b'"':
        # An escape or a character outside ASCII stays in, and no number has one.
        return data[1:-1].decode("ascii", "replace")
    if first and first in b"-0123456789":
        return data.decode("ascii")
    raise _NoNumber


def _no_number(pointer: str) -> RequestRefused:
    return RequestRefused("INVALID_REQUEST", pointer, "expected a number, or a string with one")
