from decimal import Decimal

import pytest

from domain.kernel.currency import MINOR_UNIT_DIGITS, is_currency
from domain.kernel.money import (
    PRICE_FRACTION_DIGITS,
    MalformedNumber,
    consideration,
    format_amount,
    parse_amount,
    parse_price,
    price_units,
)


@pytest.mark.parametrize(
    ("currency", "digits"),
    # ISO 4217, list one
    [
        ("JPY", 0),
        ("KRW", 0),
        ("ISK", 0),
        ("USD", 2),
        ("EUR", 2),
        ("XCG", 2),
        ("BHD", 3),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_currencies_have_the_digits_of_the_standard(currency: str, digits: int) -> None:
    assert MINOR_UNIT_DIGITS[currency] == digits


def test_instruments_are_not_currencies() -> None:
    assert not is_currency("AAPL")
    assert not is_currency("usd")


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "amount"),
    [
        (100, "150.00", "USD", 15_000_00),
        (1, "0.004", "USD", 0),
        (1, "0.005", "USD", 1),
        (1, "0.00499999", "USD", 0),
        (3, "0.005", "USD", 2),
        (1, "0.015", "USD", 2),
        (1, "0.025", "USD", 3),
        (1, "1234.5", "JPY", 1235),
        (1, "1234.49999999", "JPY", 1234),
        (7, "0.5", "KRW", 4),
        (1, "0.0005", "BHD", 1),
        (1, "1.2344", "KWD", 1234),
        (1, "1.00005", "CLF", 10_001),
        (1, "0.00004", "UYW", 0),
        (10**12, "999999999.99999999", "USD", 10**23 - 10**6),
        (10**12, "0.00000001", "USD", 10_000_00),
    ],
)
def test_consideration_rounds_half_a_minor_unit_up(
    quantity: int, price: str, currency: str, amount: int
) -> None:
    assert consideration(quantity, Decimal(price), currency) == amount


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("150", "150"),
        ("150.00", "150.00"),
        ("0.00000001", "0.00000001"),
        ("999999999.99999999", "999999999.99999999"),
        ("007.5", "7.5"),
    ],
)
def test_prices_are_read_exactly(text: str, price: str) -> None:
    assert parse_price(text) == Decimal(price)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "0",
        "0.00",
        "1e2",
        "1E-2",
        ".5",
        "5.",
        "1,5",
        "1_000",
        "NaN",
        "Infinity",
        "0x10",
        "1.123456789",
        "1000000000",
        "\u0967",
        "\uff11",
        "1\n",
        "--1",
        "1.2.3",
    ],
)
def test_what_is_not_a_plain_positive_decimal_is_no_price(text: str) -> None:
    with pytest.raises(MalformedNumber):
        parse_price(text)


@pytest.mark.parametrize(
    "price",
    [
        "0",
        "-1",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1E+9",
        "1E+999999",
        "1E-9",
        "1E-999999",
        "1.000000001",
        "123456789.12345678000000000000000000000001",
    ],
)
def test_a_number_that_is_no_price_has_no_units(price: str) -> None:
    with pytest.raises(MalformedNumber):
        price_units(Decimal(price))


def test_a_price_has_units_of_ten_to_the_minus_eight() -> None:
    assert price_units(Decimal("150.00")) == 150 * 10**PRICE_FRACTION_DIGITS
    assert price_units(Decimal("999999999.99999999")) == 10**17 - 1


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("15000.00", "USD", 15_000_00),
        ("15000", "USD", 15_000_00),
        ("15000.5", "USD", 15_000_50),
        ("0", "USD", 0),
        ("1500", "JPY", 1500),
        ("1.234", "BHD", 1234),
        ("1.2345", "CLF", 12_345),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, amount: int) -> None:
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.001", "USD"),
        ("1.0", "JPY"),
        ("1.", "JPY"),
        ("-1", "USD"),
        ("+1", "USD"),
        ("1e3", "USD"),
        ("", "USD"),
        ("1.2345", "BHD"),
        ("1" * 19, "USD"),
        ("\u0967", "USD"),
    ],
)
def test_an_amount_with_other_digits_than_the_currencys_is_refused(
    text: str, currency: str
) -> None:
    with pytest.raises(MalformedNumber):
        parse_amount(text, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (15_000_00, "USD", "15000.00"),
        (-1, "USD", "-0.01"),
        (0, "USD", "0.00"),
        (-150_00, "USD", "-150.00"),
        (1500, "JPY", "1500"),
        (-1500, "JPY", "-1500"),
        (1, "BHD", "0.001"),
        (12_345, "CLF", "1.2345"),
    ],
)
def test_amounts_are_written_with_all_the_currencys_digits(
    amount: int, currency: str, text: str
) -> None:
    assert format_amount(amount, currency) == text
