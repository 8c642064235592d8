"""Money and prices: exact, in integers; the one rounding has a name and a place.

Amounts are integers of a currency's minor unit (cents for USD). Prices are exact decimals with at
most `PRICE_FRACTION_DIGITS` digits after the point.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.kernel.currency import MINOR_UNIT_DIGITS, MINOR_UNITS

PRICE_INTEGER_DIGITS: Final = 9
PRICE_FRACTION_DIGITS: Final = 8
QUANTITY_MAXIMUM: Final = 10**12
AMOUNT_MAXIMUM: Final = 10**17
"""The most that one instruction may move, in minor units; far below the 64 bits of a balance."""
BALANCE_MAXIMUM: Final = 9 * 10**18
"""The largest balance, either side of zero; it fits PostgreSQL's bigint."""

_PRICE = re.compile(
    rf"-?[0-9]{{1,{PRICE_INTEGER_DIGITS}}}(?:\.[0-9]{{1,{PRICE_FRACTION_DIGITS}}})?", re.ASCII
)
_PRICE_SCALE: Final = 10**PRICE_FRACTION_DIGITS
_HALF: Final = _PRICE_SCALE // 2
_PRICE_UNIT: Final = Decimal(1).scaleb(-PRICE_FRACTION_DIGITS)
_PRICE_LIMIT: Final = Decimal(10**PRICE_INTEGER_DIGITS)
_ZERO: Final = Decimal(0)


class MalformedNumber(ValueError):
    """Text that is not a plain decimal number with an allowed number of digits."""


def parse_price(text: str) -> Decimal:
    """Read a positive price exactly; exponents, spaces, plus signs and too many digits are refused.

    Raises `MalformedNumber`.
    """
    if _PRICE.fullmatch(text) is None:
        raise MalformedNumber(
            f"a price has at most {PRICE_INTEGER_DIGITS} digits before and "
            f"{PRICE_FRACTION_DIGITS} after the point"
        )
    price = Decimal(text)
    if price <= _ZERO:
        raise MalformedNumber("a price is greater than zero")
    return price


def price_units(price: Decimal) -> int:
    """The price as an integer of 10^-8, exactly.

    Raises `MalformedNumber` for what is not a positive price of the allowed digits.
    """
    units = price_units_or_none(price)
    if units is None:
        raise MalformedNumber(
            f"a price lies between zero and {_PRICE_LIMIT}, "
            f"with at most {PRICE_FRACTION_DIGITS} decimals"
        )
    return units


def price_units_or_none(price: Decimal) -> int | None:
    """`price_units` for the clearing of trades, where a wrong price is an outcome."""
    return _units_of_finite(price) if price.is_finite() else None


@lru_cache(maxsize=16_384)  # the trades of a day share few prices
def _units_of_finite(price: Decimal) -> int | None:
    # Bounded first: the ratio of a number with a huge exponent would take all memory.
    if not _PRICE_UNIT <= price < _PRICE_LIMIT:
        return None
    numerator, denominator = price.as_integer_ratio()
    scale, rest = divmod(_PRICE_SCALE, denominator)
    return None if rest else numerator * scale


def consideration(quantity: int, price: Decimal, currency: str) -> int:
    """What `quantity` costs at `price`, in minor units, half a minor unit rounded up.

    Raises `MalformedNumber` as `price_units` does.
    """
    return consideration_of_units(quantity, price_units(price), currency)


def consideration_of_units(quantity: int, units: int, currency: str) -> int:
    """`consideration` at a price in units of 10^-8.

    Fixed once when a trade is validated and never recomputed. Integers all the way: the product of
    the largest quantity and price has more digits than the default decimal context keeps.
    """
    return (quantity * units * MINOR_UNITS[currency] + _HALF) // _PRICE_SCALE


def parse_amount(text: str, currency: str) -> int:
    """Read an amount of money exactly, into minor units of `currency`.

    Raises `MalformedNumber` for anything but a plain decimal with the digits that the currency has.
    """
    digits = MINOR_UNIT_DIGITS[currency]
    pattern = r"[0-9]{1,18}" + (rf"(?:\.[0-9]{{1,{digits}}})?" if digits else "")
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise MalformedNumber(f"an amount of {currency} has at most {digits} decimals")
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(digits, "0"))


def format_amount(amount: int, currency: str) -> str:
    """Minor units as a decimal string with exactly the currency's digits: `15000.00`."""
    digits = MINOR_UNIT_DIGITS[currency]
    if digits == 0:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d}"
