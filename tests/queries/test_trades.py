"""Trades: by id and as lists, to those who may see them."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.clearing.trade import TradeStatus
from queries.answer import InvalidCursor, InvalidLimit
from queries.list_trades import list_trades
from queries.trade_by_id import trade_by_id
from tests.builders import MONDAY, TUESDAY
from tests.projections.reading import follow
from tests.projections.recorded_day import ACTOR, RecordedDay, an_id
from tests.queries.asking import ask

ALL = None
NONE: frozenset[str] = frozenset()
BROKER100 = frozenset({"BROKER100"})
BROKER200 = frozenset({"BROKER200"})


def _list(url: str, **filters: Any) -> list[UUID]:
    filters.setdefault("participants", ALL)
    return [trade.trade_id for trade in ask(url, list_trades, **filters).content.items]


def test_a_settled_trade_shows_what_was_agreed_and_how_it_came_there(url: str) -> None:
    trade = ask(url, trade_by_id, an_id("on tuesday"), participants=ALL).content
    assert trade is not None
    assert (trade.status, trade.price, trade.consideration) == ("SETTLED", "151.50", "15150.00")
    assert (trade.trade_date, trade.settlement_date_intended) == (MONDAY, TUESDAY)
    assert [state.status for state in trade.history] == ["SUBMITTED", "SETTLED"]
    assert trade.history[0].ledger_position < trade.history[1].ledger_position
    assert trade.rejection is None


def test_a_rejected_trade_says_why(url: str) -> None:
    trade = ask(url, trade_by_id, an_id("oversold"), participants=ALL).content
    assert trade is not None
    assert trade.rejection is not None
    assert (trade.rejection.code, trade.rejection.side) == ("INSUFFICIENT_SECURITIES", "SELLER")
    assert trade.status == "REJECTED"


def test_a_trade_that_waits_is_submitted(url: str) -> None:
    trade = ask(url, trade_by_id, an_id("waiting"), participants=ALL).content
    assert trade is not None
    assert (trade.status, trade.consideration) == ("SUBMITTED", None)


def test_the_answer_says_which_position_it_reflects(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url)
        before = day.head
        day.trade("not read yet")
    answer = ask(database.application_url, trade_by_id, an_id("not read yet"), participants=ALL)
    assert (answer.content, answer.ledger_position) == (None, before)


def test_a_read_model_that_never_ran_reflects_nothing(database: Any) -> None:
    assert ask(database.application_url, list_trades, participants=ALL).ledger_position == 0


@pytest.mark.parametrize(
    ("participants", "name", "seen"),
    [
        (BROKER100, "settled 1", True),
        (BROKER200, "settled 1", True),
        (NONE, "settled 1", False),
        (frozenset({"BROKER300"}), "settled 1", False),
        (BROKER100, "unknown", False),
        (BROKER200, "unknown", True),
    ],
)
def test_a_trade_is_seen_by_the_participants_of_its_accounts(
    url: str, participants: frozenset[str], name: str, seen: bool
) -> None:
    answer = ask(url, trade_by_id, an_id(name), participants=participants)
    assert (answer.content is not None) == seen
    assert (an_id(name) in _list(url, participants=participants)) == seen


def test_a_trade_is_seen_by_who_submitted_it(url: str) -> None:
    known = an_id("settled 1")
    assert ask(url, trade_by_id, known, participants=NONE, submitter=ACTOR).content is not None
    assert ask(url, trade_by_id, known, participants=NONE, submitter="another").content is None
    assert len(_list(url, submitted_by=ACTOR)) == 10
    assert _list(url, submitted_by="another") == []


@pytest.mark.parametrize(
    ("status", "count"),
    [(TradeStatus.SETTLED, 6), (TradeStatus.REJECTED, 3), (TradeStatus.SUBMITTED, 1)],
)
@pytest.mark.parametrize("participants", [ALL, BROKER200])
def test_trades_are_listed_by_status(
    url: str, status: TradeStatus, count: int, participants: frozenset[str] | None
) -> None:
    assert len(_list(url, status=status, participants=participants)) == count


def test_trades_are_listed_by_account_instrument_and_trade_date(url: str) -> None:
    assert len(_list(url, account_id="ACC100")) == 9
    assert _list(url, account_id="NOBODY") == [an_id("unknown")]
    assert _list(url, account_id="ACC200", participants=BROKER100) == []
    assert len(_list(url, instrument_id="AAPL")) == 10
    assert _list(url, instrument_id="MSFT") == []
    assert len(_list(url, trade_date=MONDAY)) == 6


@pytest.mark.parametrize("filters", [{}, {"account_id": "ACC200"}, {"participants": BROKER200}])
def test_pages_follow_each_other_newest_first(url: str, filters: dict[str, Any]) -> None:
    whole = _list(url, **filters)
    paged, cursor = [], None
    while True:
        page = ask(
            url, list_trades, **({"participants": ALL} | filters), limit=3, cursor=cursor
        ).content
        paged += [trade.trade_id for trade in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert paged == whole
    assert whole[0] == an_id("waiting")


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIl0", "WzFlOTld", "é", "WzFd" * 200])
def test_a_cursor_of_somebody_elses_making_is_refused(url: str, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        ask(url, list_trades, participants=ALL, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_limit_is_between_one_and_a_thousand(url: str, limit: int) -> None:
    with pytest.raises(InvalidLimit):
        ask(url, list_trades, participants=ALL, limit=limit)


def test_a_trade_is_camel_case_json_with_money_as_text(url: str) -> None:
    trade = ask(url, trade_by_id, an_id("settled 0"), participants=ALL).content
    shown = msgspec.json.decode(msgspec.json.encode(trade))
    assert shown["buyerAccountId"] == "ACC100"
    assert (shown["price"], shown["consideration"]) == ("150.00", "1500.00")
    assert shown["history"][1]["recordedAt"].endswith("Z")
