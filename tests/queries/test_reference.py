"""Reference data, notifications and lag."""

from typing import Any

from queries.accounts import account_by_id, accounts
from queries.business_day import business_day
from queries.instruments import instrument_by_id, instruments
from queries.lag import lag
from queries.notifications_since import notifications_since
from queries.participants import participant_by_id, participants
from tests.builders import TUESDAY
from tests.projections.reading import follow
from tests.projections.recorded_day import RecordedDay, an_id
from tests.queries.asking import ask

BROKER100 = frozenset({"BROKER100"})


def test_a_suspended_participant_says_why(url: str) -> None:
    found = ask(url, participant_by_id, "BROKER200").content
    assert found is not None
    assert (found.status, found.status_reason) == ("SUSPENDED", "under review")


def test_participants_come_in_pages(url: str) -> None:
    first = ask(url, participants, limit=2).content
    rest = ask(url, participants, limit=2, cursor=first.next_cursor).content
    assert [row.participant_id for row in first.items + rest.items] == [
        "BROKER100",
        "BROKER200",
        "HOUSE",
    ]
    assert rest.next_cursor is None


def test_an_instrument_is_as_it_is_now(url: str) -> None:
    found = ask(url, instrument_by_id, "AAPL").content
    assert found is not None
    assert (found.status, found.tick_size, found.status_reason) == (
        "SUSPENDED",
        "0.01",
        "under review",
    )
    assert len(ask(url, instruments).content.items) == 1


def test_what_is_not_there_is_none(url: str) -> None:
    assert ask(url, instrument_by_id, "MSFT").content is None
    assert ask(url, participant_by_id, "NOBODY").content is None
    assert ask(url, account_by_id, "NOBODY").content is None


def test_an_account_has_its_limits_and_why_it_is_suspended(url: str) -> None:
    found = ask(url, account_by_id, "ACC200").content
    assert found is not None
    assert (found.status, found.status_reason) == ("SUSPENDED", "under review")
    other = ask(url, account_by_id, "ACC100").content
    assert other is not None
    assert other.cash_limits == {"USD": "5.00"}


def test_accounts_may_be_limited_to_participants(url: str) -> None:
    assert [row.account_id for row in ask(url, accounts).content.items] == [
        "ACC100",
        "ACC200",
        "BANK",
        "ISSUER",
    ]
    own = ask(url, accounts, participants=BROKER100).content.items
    assert [row.account_id for row in own] == ["ACC100"]
    assert ask(url, account_by_id, "ACC200", participants=BROKER100).content is None


def test_the_business_day_is_the_last_one_opened(url: str) -> None:
    found = ask(url, business_day).content
    assert found is not None
    assert (found.business_date, found.status, found.closed_at) == (TUESDAY, "OPEN", None)


def test_before_the_first_day_there_is_none(database: Any) -> None:
    assert ask(database.application_url, business_day).content is None


def test_notifications_begin_after_a_position_and_are_the_participants_own(url: str) -> None:
    own = ask(url, notifications_since, participants=BROKER100).content
    assert {row.participant_id for row in own} == {"BROKER100"}
    rest = ask(
        url, notifications_since, participants=BROKER100, since=own[3].ledger_position
    ).content
    assert rest == own[4:]
    assert ask(url, notifications_since, participants=frozenset()).content == []


def test_notifications_of_one_instruction_are_never_on_two_pages(url: str) -> None:
    both = frozenset({"BROKER100", "BROKER200"})
    whole = ask(url, notifications_since, participants=both).content
    paged: list[Any] = []
    while True:
        since = paged[-1].ledger_position if paged else 0
        page = ask(url, notifications_since, participants=both, since=since, limit=3).content
        if not page:
            break
        paged += page
    assert sorted(row.notification_id for row in paged) == sorted(
        row.notification_id for row in whole
    )


def test_a_notification_says_what_became_of_which_instruction(url: str) -> None:
    found = ask(url, notifications_since, participants=None).content
    told = {(row.participant_id, row.instruction_id): row for row in found}
    notice = told["BROKER200", an_id("oversold")]
    assert (notice.kind, notice.outcome, notice.code) == (
        "TRADE",
        "REJECTED",
        "INSUFFICIENT_SECURITIES",
    )


def test_lag_is_what_each_follower_has_not_read(database: Any) -> None:
    with RecordedDay(database.application_url) as day:
        day.open_market()
        follow(database.application_url, ["trades"])
        position = day.head
        day.trade("not read yet")
        answer = ask(database.application_url, lag)
        assert answer.ledger_position == day.head
    assert [(row.name, row.ledger_position, row.behind) for row in answer.content] == [
        ("trades", position, day.head - position)
    ]
