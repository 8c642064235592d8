"""Money and prices: exact, in integers; the one rounding has a name and a place.

Amounts are integers of a currency's minor unit (cents for USD). Prices are exact decimals with at
most `PRICE_FRACTION_DIGITS` digits after the point.
"""

import re
from decimal import Decimal
from typing import Final

from domain.kernel.currency import MINOR_UNIT_DIGITS

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


class MalformedNumber(ValueError):
    """Text that is not a plain decimal number with an allowed number of digits."""


def parse_price(text: str) -> Decimal:
    """Read a positive price exactly; exponents, spaces, signs and too many digits are refused.

    Raises `MalformedNumber`.
    """
    if _PRICE.fullmatch(text) is None:
        raise MalformedNumber(
            f"a price has at most {PRICE_INTEGER_DIGITS} digits before and "
            f"{PRICE_FRACTION_DIGITS} after the point"
        )
    price = Decimal(text)
    if price <= 0:
        raise MalformedNumber("a price is greater than zero")
    return price


def price_units(price: Decimal) -> int:
    """The price as an integer of 10^-8, exactly."""
    return int(price.scaleb(PRICE_FRACTION_DIGITS))


def consideration(quantity: int, price: Decimal, currency: str) -> int:
    """What `quantity` costs at `price`, in minor units, half a minor unit rounded up.

    Fixed once when a trade is validated and never recomputed. Integers all the way: the product of
    the largest quantity and price has more digits than the default decimal context keeps.
    """
    numerator = quantity * price_units(price) * 10 ** MINOR_UNIT_DIGITS[currency]
    whole, rest = divmod(numerator, _PRICE_SCALE)
    return whole + (2 * rest >= _PRICE_SCALE)


def is_multiple(price: Decimal, tick: Decimal) -> bool:
    """Whether `price` lies on the grid of `tick`."""
    return price_units(price) % price_units(tick) == 0


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
