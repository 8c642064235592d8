from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from adapters.demo.facts import closes, day_before, instruments, trading_days
from adapters.demo.story import StoryInstrument
from domain.kernel.identifiers import is_identifier, is_isin, is_mic

BY_ID = {each.instrument_id: each for each in instruments()}


@pytest.mark.parametrize("instrument", instruments(), ids=lambda each: each.instrument_id)
def test_an_instruments_identifiers_pass_their_checks(instrument: StoryInstrument) -> None:
    assert is_identifier(instrument.instrument_id)
    assert is_isin(instrument.isin)
    assert is_mic(instrument.mic)
    assert instrument.isin == f"US{instrument.cusip}{instrument.isin[-1]}"


@pytest.mark.parametrize("instrument", instruments(), ids=lambda each: each.instrument_id)
def test_a_cusips_ninth_character_is_its_check_digit(instrument: StoryInstrument) -> None:
    # CUSIP Global Services: every second character counts twice, digits are added up.
    total = 0
    for index, character in enumerate(instrument.cusip[:8]):
        value = int(character, 36) * (1 + index % 2)
        total += value // 10 + value % 10
    assert int(instrument.cusip[8]) == -total % 10


def test_every_instrument_trades_single_shares_on_a_grid_of_cents_of_a_dollar() -> None:
    rules = {(each.lot_size, each.tick_size, each.currency) for each in instruments()}
    assert rules == {(1, Decimal("0.01"), "USD")}


def test_instruments_have_ids_and_isins_of_their_own() -> None:
    assert len(BY_ID) == len({each.isin for each in instruments()}) == len(instruments()) == 21


def test_apple_is_what_the_quick_test_trades() -> None:
    assert (BY_ID["AAPL"].isin, BY_ID["AAPL"].mic) == ("US0378331005", "XNAS")


def test_there_are_nine_consecutive_trading_days_without_the_holiday() -> None:
    days = trading_days()
    assert (days[0], days[-1], len(days)) == (date(2019, 12, 27), date(2020, 1, 9), 9)
    assert date(2020, 1, 1) not in days
    assert list(days) == sorted(days)
    assert all(day.weekday() < 5 for day in days)


@pytest.mark.parametrize("day", trading_days(), ids=str)
def test_every_instrument_has_a_close_on_the_grid_every_day(day: date) -> None:
    assert closes()[day].keys() == BY_ID.keys()
    for instrument_id, close in closes()[day].items():
        assert close.price > 0
        assert close.price % BY_ID[instrument_id].tick_size == 0
        assert close.volume > 0


def test_closes_agree_with_a_second_publisher() -> None:
    # Alpha Vantage's unadjusted daily series.
    second = "158.96 157.59 157.70 160.62 158.62 159.03 157.58 160.09 162.09"
    assert [str(day["MSFT"].price) for day in closes().values()] == second.split()


def test_no_close_is_a_typing_error_away_from_the_one_before() -> None:
    days = list(closes().values())
    for before, after in pairwise(days):
        for instrument_id, close in after.items():
            assert abs(close.price / before[instrument_id].price - 1) < Decimal("0.07")


def test_the_first_day_and_days_without_prices_have_no_day_before() -> None:
    assert day_before(date(2020, 1, 2)) == date(2019, 12, 31)
    for day in (trading_days()[0], date(2020, 1, 1)):
        with pytest.raises(ValueError, match="there are prices from 2019-12-30"):
            day_before(day)
