"""Numbers are read exactly, from JSON numbers and strings alike, or refused."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.exact_numbers import read_amount, read_price
from commands.refusal import RequestRefused


@given(st.decimals("0.00000001", "999999999", places=8))
def test_a_price_is_the_same_from_a_number_and_a_string(price: Decimal) -> None:
    text = format(price, "f").encode()
    assert read_price(msgspec.Raw(text)) == price
    assert read_price(msgspec.Raw(b'"' + text + b'"')) == price


@pytest.mark.parametrize(
    "raw",
    [b'"NaN"', b'"Infinity"', b'" 1 "', b'"1_000"', b"1e400", b"1E2", b'"+1"', b"-1", b"0", b"0.0",
     b'""', b'"1,5"', b'".5"', b'"5."', b'"\\u0031"', b'"\xd9\xa1"', b"1234567890", b"0.000000001"],
)  # fmt: skip
def test_what_is_no_plain_positive_decimal_is_no_price(raw: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_price(msgspec.Raw(raw))
    assert refused.value.code == "INVALID_PRICE"


@pytest.mark.parametrize("raw", [b"null", b"true", b"{}", b"[1]"])
def test_what_is_neither_number_nor_string_is_no_request(raw: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_price(msgspec.Raw(raw))
    assert refused.value.code == "INVALID_REQUEST"


@pytest.mark.parametrize(
    ("raw", "currency", "amount"),
    [
        (b"0.1", "USD", 10),
        (b'"1000000.00"', "USD", 100_000_000),
        (b"7", "JPY", 7),
        (b'"1.234"', "KWD", 1_234),
        (b"0", "USD", 0),
    ],
)
def test_an_amount_is_in_minor_units(raw: bytes, currency: str, amount: int) -> None:
    assert read_amount(msgspec.Raw(raw), currency, "/amount") == amount


@pytest.mark.parametrize(
    ("raw", "currency"), [(b"1.001", "USD"), (b"1.5", "JPY"), (b"-1", "USD"), (b"1e2", "USD")]
)
def test_an_amount_with_other_digits_is_refused(raw: bytes, currency: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_amount(msgspec.Raw(raw), currency, "/amount")
    assert refused.value.code == "INVALID_AMOUNT"
