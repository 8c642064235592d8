"""Numbers out of JSON exactly as they were written: never through a float."""

from decimal import Decimal

import msgspec

from commands.refusal import RequestRefused
from domain.kernel.currency import MINOR_UNIT_DIGITS
from domain.kernel.money import AMOUNT_MAXIMUM, MalformedNumber, parse_amount, parse_price


def read_price(raw: msgspec.Raw, pointer: str = "/price") -> Decimal:
    """A price from a JSON number or string; raises `RequestRefused`."""
    text = number_text(raw, pointer)
    try:
        return parse_price(text)
    except MalformedNumber as error:
        raise RequestRefused("INVALID_PRICE", pointer, str(error)) from None


def read_amount(raw: msgspec.Raw, currency: str, pointer: str) -> int:
    """An amount of money from a JSON number or string, in minor units; raises `RequestRefused`."""
    text = number_text(raw, pointer)
    try:
        amount = parse_amount(text, currency)
    except MalformedNumber as error:
        raise RequestRefused("INVALID_AMOUNT", pointer, str(error)) from None
    if amount > AMOUNT_MAXIMUM:
        raise RequestRefused("INVALID_AMOUNT", pointer, "more than one instruction may move")
    return amount


def check_currency(code: str, pointer: str) -> None:
    """Raises `RequestRefused` for what is not an ISO 4217 code."""
    if code not in MINOR_UNIT_DIGITS:
        raise RequestRefused("INVALID_CURRENCY", pointer, "not an ISO 4217 currency code")


def number_text(raw: msgspec.Raw, pointer: str) -> str:
    """The characters of a JSON number, or between the quotes of a JSON string."""
    data = bytes(raw)
    first = data[:1]
    if first == b'"':
        # An escape or a character outside ASCII stays in, and no number has one.
        return data[1:-1].decode("ascii", "replace")
    if first in b"-0123456789":
        return data.decode("ascii")
    raise RequestRefused("INVALID_REQUEST", pointer, "expected a number, or a string with one")
