"""Positions, statements, settlements, transfers: to those who may see them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from queries.account_movements import StatementView, account_movements
from queries.answer import InvalidCursor
from queries.positions import positions
from queries.settlements import settlements
from queries.transfers import list_transfers, transfer_by_id
from tests.builders import MONDAY, TUESDAY, of
from tests.projections.reading import follow
from tests.projections.recorded_day import RecordedDay, an_id
from tests.queries.asking import ask

ALL = None
BROKER100 = frozenset({"BROKER100"})
BROKER200 = frozenset({"BROKER200"})
SUNDAY, WEDNESDAY = date(2026, 1, 4), date(2026, 1, 7)


def _statement(url: str, account_id: str = "ACC100", **filters: Any) -> StatementView:
    filters.setdefault("participants", ALL)
    return ask(url, account_movements, account_id, **filters).content


def _held(url: str, **filters: Any) -> list[tuple[str, str, int | str]]:
    filters.setdefault("participants", ALL)
    found = ask(url, positions, **filters).content.items
    return [(row.account_id, row.asset_id, row.quantity) for row in found]


def test_securities_are_integers_and_cash_is_text_beside_its_currency(url: str) -> None:
    shares, cash = ask(url, positions, participants=ALL, account_id="ACC100").content.items
    assert (shares.kind, shares.quantity, shares.currency) == ("SECURITY", 160, None)
    assert (cash.kind, cash.quantity, cash.currency) == ("CASH", "975350.00", "USD")


def test_positions_are_found_by_account_asset_and_participant(url: str) -> None:
    assert _held(url, asset_id="AAPL") == [
        ("ACC100", "AAPL", 160),
        ("ACC200", "AAPL", 840),
        ("ISSUER", "AAPL", -1_000),
    ]
    assert [row[0] for row in _held(url, participant_id="BROKER200")] == ["ACC200", "ACC200"]


def test_a_participant_sees_only_its_own_positions(url: str) -> None:
    assert {row[0] for row in _held(url, participants=BROKER100)} == {"ACC100"}
    assert _held(url, participants=BROKER100, account_id="ACC200") == []
    assert _held(url, participants=BROKER100, participant_id="BROKER200") == []
    assert _held(url, participants=frozenset()) == []


def test_positions_come_in_pages(url: str) -> None:
    paged, cursor = [], None
    while True:
        page = ask(url, positions, participants=ALL, limit=2, cursor=cursor).content
        paged += [(row.account_id, row.asset_id, row.quantity) for row in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert paged == _held(url)


@pytest.mark.parametrize("asset", [None, "AAPL", "USD"])
@pytest.mark.parametrize(
    ("from_date", "to_date"),
    [
        (None, None),
        (MONDAY, MONDAY),
        (TUESDAY, TUESDAY),
        (MONDAY, None),
        (None, MONDAY),
        (TUESDAY, None),
        (SUNDAY, SUNDAY),
        (WEDNESDAY, None),
        (None, WEDNESDAY),
    ],
)
def test_opening_balance_plus_movements_is_closing_balance(
    url: str, asset: str | None, from_date: date | None, to_date: date | None
) -> None:
    statement = _statement(url, asset_id=asset, from_date=from_date, to_date=to_date)
    for balances in statement.balances:
        moved = [row for row in statement.items if row.asset_id == balances.asset_id]
        total = sum(Decimal(row.amount) for row in moved)
        assert Decimal(balances.opening_balance) + total == Decimal(balances.closing_balance)
    days = {row.business_date for row in statement.items}
    assert all((from_date or SUNDAY) <= day <= (to_date or WEDNESDAY) for day in days)


def test_a_statement_of_one_day_begins_where_the_day_before_ended(url: str) -> None:
    monday = _statement(url, from_date=MONDAY, to_date=MONDAY)
    tuesday = _statement(url, from_date=TUESDAY, to_date=TUESDAY)
    assert [row.closing_balance for row in monday.balances] == [
        row.opening_balance for row in tuesday.balances
    ]
    assert len(tuesday.items) == 2


def test_what_was_taken_up_before_the_close_and_stands_behind_it_is_of_the_old_day(
    database: Any,
) -> None:
    from domain.ledger.account import Movement, PositionUpdated

    with RecordedDay(database.application_url) as day:
        day.open_market()
        day.next_day()
        late = PositionUpdated(
            cause=f"transfer:{an_id('late')}",
            business_date=MONDAY,
            value_date=MONDAY,
            movements=(Movement("USD", -1_00, 999_999_00),),
        )
        day.record((of("account", "ACC100"), late))
    follow(database.application_url)
    monday = _statement(database.application_url, asset_id="USD", to_date=MONDAY)
    tuesday = _statement(database.application_url, asset_id="USD", from_date=TUESDAY)
    assert [row.amount for row in monday.items] == ["1000000.00", "-1.00"]
    assert (tuesday.items, tuesday.balances[0].opening_balance) == ([], "999999.00")


@pytest.mark.parametrize("filters", [{}, {"asset_id": "USD"}, {"from_date": MONDAY}])
def test_movements_come_in_pages_oldest_first(url: str, filters: dict[str, Any]) -> None:
    whole = _statement(url, **filters)
    paged, cursor = [], None
    while True:
        page = _statement(url, **filters, limit=3, cursor=cursor)
        paged += page.items
        assert page.balances == whole.balances
        if (cursor := page.next_cursor) is None:
            break
    assert paged == whole.items
    assert [row.ledger_position for row in paged] == sorted(row.ledger_position for row in paged)


def test_a_statement_of_somebody_elses_account_is_empty(url: str) -> None:
    statement = _statement(url, "ACC200", participants=BROKER100)
    assert (statement.items, statement.balances) == ([], [])
    assert _statement(url, "ACC200", participants=BROKER200).items


def test_a_movement_names_the_instruction_that_caused_it(url: str) -> None:
    last = _statement(url, asset_id="AAPL").items[-1]
    assert (last.cause_kind, last.cause_id) == ("TRADE", an_id("on tuesday"))
    assert (last.amount, last.balance_after) == (100, 160)


def test_settlements_are_found_by_account_and_day(url: str) -> None:
    def found(**filters: Any) -> list[Any]:
        filters.setdefault("participants", ALL)
        return [row.instruction_id for row in ask(url, settlements, **filters).content.items]

    assert len(found()) == 9
    assert found(settled_on=TUESDAY) == [an_id("on tuesday")]
    assert found(account_id="ISSUER") == [an_id("shares")]
    assert len(found(participants=BROKER100)) == 8
    assert found(participants=BROKER100, account_id="ACC200") == []
    assert found(participants=frozenset()) == []


def test_a_settlement_says_who_delivered_what_for_how_much(url: str) -> None:
    newest = ask(url, settlements, participants=ALL).content.items[0]
    assert (newest.deliverer_account_id, newest.receiver_account_id) == ("ACC200", "ACC100")
    assert (newest.asset_id, newest.quantity) == ("AAPL", 100)
    assert (newest.consideration, newest.currency) == ("15150.00", "USD")
    oldest = ask(url, settlements, participants=ALL).content.items[-1]
    assert (oldest.kind, oldest.quantity, oldest.consideration) == ("TRANSFER", "1000000.00", None)


@pytest.mark.parametrize("filters", [{}, {"account_id": "ACC100"}, {"participants": BROKER200}])
def test_settlements_come_in_pages(url: str, filters: dict[str, Any]) -> None:
    asked = {"participants": ALL} | filters
    whole = ask(url, settlements, **asked).content.items
    paged, cursor = [], None
    while True:
        page = ask(url, settlements, **asked, limit=2, cursor=cursor).content
        paged += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert paged == whole


@pytest.mark.parametrize("cursor", ["WyJub3QgYSBkYXRlIiwxXQ", "WzFd"])
def test_a_cursor_with_another_key_is_refused(url: str, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        ask(url, settlements, participants=ALL, cursor=cursor)


def test_a_transfer_shows_what_became_of_it(url: str) -> None:
    settled = ask(url, transfer_by_id, an_id("cash"), participants=ALL).content
    assert settled is not None
    assert (settled.status, settled.amount, settled.quantity) == ("SETTLED", "1000000.00", None)
    refused = ask(url, transfer_by_id, an_id("overdrawn"), participants=BROKER100).content
    assert refused is not None
    assert refused.rejection is not None
    assert (refused.status, refused.rejection.code) == ("REJECTED", "INSUFFICIENT_CASH")
    issued = ask(url, transfer_by_id, an_id("shares"), participants=ALL).content
    assert issued is not None
    assert (issued.amount, issued.quantity) == (None, 1_000)


def test_transfers_are_seen_by_the_participants_of_their_accounts(url: str) -> None:
    assert ask(url, transfer_by_id, an_id("shares"), participants=BROKER100).content is None
    found = ask(url, list_transfers, participants=BROKER100).content.items
    assert [row.transfer_id for row in found] == [
        an_id("overdrawn"),
        an_id("withdrawal"),
        an_id("cash"),
    ]
    assert len(ask(url, list_transfers, participants=ALL, account_id="ACC200").content.items) == 2
