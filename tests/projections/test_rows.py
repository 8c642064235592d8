"""What becomes of the events of a day, table by table."""

from typing import Any

import pytest

from tests.builders import MONDAY, REASON, TUESDAY
from tests.projections.reading import follow, rows
from tests.projections.recorded_day import ACTOR, RecordedDay, an_id


@pytest.fixture
def url(database: Any) -> str:
    with RecordedDay(database.application_url) as day:
        day.eventful()
    follow(database.application_url)
    return str(database.application_url)


def test_every_submission_is_a_trade_and_says_who_submitted_it(url: str) -> None:
    assert rows(url, "SELECT count(*), min(submitted_by), max(submitted_by) FROM trades") == [
        (10, ACTOR, ACTOR)
    ]


def test_a_rejected_trade_has_its_code_and_side(url: str) -> None:
    found = rows(
        url, "SELECT code, side FROM trade_rejections WHERE trade_id = %s", an_id("oversold")
    )
    assert found == [("INSUFFICIENT_SECURITIES", "SELLER")]


def test_a_settlement_has_the_dates_of_validation_and_settlement(url: str) -> None:
    found = rows(
        url,
        "SELECT trade_date, settlement_date_intended, business_date, consideration, currency"
        " FROM settlements WHERE instruction_id = %s",
        an_id("on tuesday"),
    )
    assert found == [(MONDAY, TUESDAY, TUESDAY, 15_150_00, "USD")]


def test_a_trade_that_waits_has_neither_settlement_nor_rejection(url: str) -> None:
    found = rows(
        url,
        "SELECT count(*) FROM trades t WHERE trade_id = %s"
        " AND NOT EXISTS (SELECT FROM settlements WHERE instruction_id = t.trade_id)"
        " AND NOT EXISTS (SELECT FROM trade_rejections r WHERE r.trade_id = t.trade_id)",
        an_id("waiting"),
    )
    assert found == [(1,)]


def test_a_trade_makes_four_postings_that_sum_to_zero_per_asset(url: str) -> None:
    found = rows(
        url,
        "SELECT asset, count(*), sum(amount)::bigint FROM postings WHERE cause_id = %s"
        " GROUP BY asset ORDER BY asset",
        an_id("settled 3"),
    )
    assert found == [("AAPL", 2, 0), ("USD", 2, 0)]


def test_the_position_is_the_balance_of_the_last_posting(url: str) -> None:
    different = rows(
        url,
        "SELECT p.account_id, p.asset FROM positions p CROSS JOIN LATERAL ("
        " SELECT balance, ledger_position FROM postings m WHERE m.account_id = p.account_id"
        " AND m.asset = p.asset ORDER BY ledger_position DESC LIMIT 1) latest"
        " WHERE (p.quantity, p.ledger_position) <> (latest.balance, latest.ledger_position)",
    )
    assert different == []
    assert rows(
        url, "SELECT quantity FROM positions WHERE account_id = 'ACC100' AND asset = 'AAPL'"
    ) == [(160,)]


def test_each_participant_is_told_once_of_each_outcome(url: str) -> None:
    found = rows(
        url,
        "SELECT participant_id, outcome::text, code FROM notifications WHERE instruction_id = %s"
        " ORDER BY participant_id",
        an_id("oversold"),
    )
    assert found == [
        ("BROKER100", "REJECTED", "INSUFFICIENT_SECURITIES"),
        ("BROKER200", "REJECTED", "INSUFFICIENT_SECURITIES"),
    ]


def test_nobody_is_told_for_an_account_that_does_not_exist(url: str) -> None:
    found = rows(
        url,
        "SELECT participant_id FROM notifications WHERE instruction_id = %s",
        an_id("unknown"),
    )
    assert found == [("BROKER200",)]


def test_reference_data_are_as_they_are_now(url: str) -> None:
    assert rows(url, "SELECT status, reason_digest FROM instruments") == [("SUSPENDED", REASON)]
    assert rows(url, "SELECT participant_id FROM participants WHERE suspended") == [("BROKER200",)]
    assert rows(
        url,
        "SELECT a.account_id, r.reason_digest FROM accounts a"
        " JOIN account_requests r ON r.request = a.cause WHERE a.suspended",
    ) == [("ACC200", REASON)]


def test_a_business_day_knows_when_it_was_opened_and_closed(url: str) -> None:
    found = rows(
        url,
        "SELECT business_date, closed_position IS NOT NULL FROM business_days"
        " ORDER BY business_date",
    )
    assert found == [(MONDAY, True), (TUESDAY, False)]
