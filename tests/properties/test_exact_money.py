"""Money against exact fractions: nothing is lost but the one rounding that has a name."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.currency import MINOR_UNIT_DIGITS
from domain.kernel.money import (
    AMOUNT_MAXIMUM,
    BALANCE_MAXIMUM,
    PRICE_FRACTION_DIGITS,
    QUANTITY_MAXIMUM,
    MalformedNumber,
    consideration,
    format_amount,
    parse_amount,
    parse_price,
    price_units,
    price_units_or_none,
)

CURRENCIES = st.sampled_from(sorted(MINOR_UNIT_DIGITS))
UNITS = st.one_of(st.integers(1, 10**17 - 1), st.integers(1, 10_000))
PRICES = UNITS.map(lambda units: Decimal(units).scaleb(-PRICE_FRACTION_DIGITS))
QUANTITIES = st.one_of(st.integers(1, QUANTITY_MAXIMUM), st.integers(1, 1_000))


def _exact(quantity: int, price: Decimal, currency: str) -> Fraction:
    minor_units: int = 10 ** MINOR_UNIT_DIGITS[currency]
    return Fraction(price) * quantity * minor_units


@given(QUANTITIES, PRICES, CURRENCIES)
def test_consideration_is_the_exact_cost_with_halves_rounded_up(
    quantity: int, price: Decimal, currency: str
) -> None:
    exact = _exact(quantity, price, currency)
    assert consideration(quantity, price, currency) == floor(exact + Fraction(1, 2))


@given(QUANTITIES, PRICES, CURRENCIES)
def test_rounding_never_moves_more_than_half_a_minor_unit(
    quantity: int, price: Decimal, currency: str
) -> None:
    rounding = consideration(quantity, price, currency) - _exact(quantity, price, currency)
    assert -Fraction(1, 2) < rounding <= Fraction(1, 2)


@given(QUANTITIES, QUANTITIES, PRICES, CURRENCIES)
def test_parts_cost_what_the_whole_costs_within_one_minor_unit(
    first: int, second: int, price: Decimal, currency: str
) -> None:
    parts = consideration(first, price, currency) + consideration(second, price, currency)
    assert abs(parts - consideration(first + second, price, currency)) <= 1


@given(UNITS, st.integers(0, 20))
def test_a_price_is_the_same_however_many_zeros_end_it(units: int, zeros: int) -> None:
    price = Decimal(units).scaleb(-PRICE_FRACTION_DIGITS)
    with_zeros = Decimal(f"{price:f}" + "0" * zeros)
    assert price_units(with_zeros) == price_units(price) == units


@given(UNITS)
def test_a_written_price_is_read_back_exactly(units: int) -> None:
    price = Decimal(units).scaleb(-PRICE_FRACTION_DIGITS)
    assert parse_price(f"{price:f}") == price


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_number_is_either_an_exact_price_or_none(number: Decimal) -> None:
    units = price_units_or_none(number)
    if units is None:
        assert not number.is_finite() or not _is_price(Fraction(number))
    else:
        assert Fraction(units, 10**PRICE_FRACTION_DIGITS) == Fraction(number)


def _is_price(number: Fraction) -> bool:
    on_grid = (number * 10**PRICE_FRACTION_DIGITS).denominator == 1
    return on_grid and 0 < number < 10**9


@given(st.text(max_size=20))
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        price = parse_price(text)
    except MalformedNumber:
        return
    assert Fraction(text) == Fraction(price)
    assert price_units(price) > 0


@given(st.integers(0, AMOUNT_MAXIMUM), CURRENCIES)
def test_a_written_amount_is_read_back_exactly(amount: int, currency: str) -> None:
    assert parse_amount(format_amount(amount, currency), currency) == amount


@given(st.integers(-BALANCE_MAXIMUM, BALANCE_MAXIMUM), CURRENCIES)
def test_a_written_amount_is_exactly_its_minor_units(amount: int, currency: str) -> None:
    digits = MINOR_UNIT_DIGITS[currency]
    text = format_amount(amount, currency)
    assert Fraction(text) == Fraction(amount, 10**digits)
    assert len(text.partition(".")[2]) == digits


@given(st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,6})?", fullmatch=True), CURRENCIES)
def test_an_amount_is_read_exactly_or_refused(text: str, currency: str) -> None:
    exact = Fraction(text) * 10 ** MINOR_UNIT_DIGITS[currency]
    decimals = len(text.partition(".")[2])
    if decimals > MINOR_UNIT_DIGITS[currency]:
        try:
            parse_amount(text, currency)
        except MalformedNumber:
            return
        raise AssertionError(f"{text} {currency} was read")
    assert parse_amount(text, currency) == exact
