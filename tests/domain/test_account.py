from dataclasses import dataclass
from typing import Any

import pytest

from domain.kernel.invariant import InvariantBroken
from domain.kernel.money import AMOUNT_MAXIMUM, BALANCE_MAXIMUM
from domain.kernel.rejection import RejectionCode
from domain.ledger import administration
from domain.ledger.account import (
    Account,
    AccountKind,
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    Movement,
    evolve,
    open_account,
)
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.ledger.book import Book, exceeds_range, shortage
from tests.builders import (
    REASON,
    a_clearing_house,
    a_market,
    a_participant,
    a_position,
    an_opened_account,
    of,
)
from tests.domain.specification import when

ACCOUNT = evolve("ACC100", None, an_opened_account("BROKER100"))
SUSPENDED = evolve("ACC100", ACCOUNT, AccountSuspended(cause="administration:1"))
SUSPEND = AccountSuspensionRequested(account_id="ACC100", reason_digest=REASON)
REINSTATE = AccountReinstatementRequested(account_id="ACC100", reason_digest=REASON)


def _account(kind: AccountKind, **terms: Any) -> Account:
    return evolve("ACC", None, an_opened_account("BROKER100", kind=kind, **terms))


def test_an_account_is_opened() -> None:
    event = an_opened_account("BROKER100", cash_limits={"USD": 0, "EUR": AMOUNT_MAXIMUM})
    when(open_account, "ACC100", None, event).then(event)


def test_an_account_is_opened_once() -> None:
    when(open_account, "ACC100", ACCOUNT, an_opened_account("BROKER100")).then_rejected(
        "ACCOUNT_EXISTS"
    )


@pytest.mark.parametrize(
    ("account_id", "limits", "code"),
    [
        ("ACC100", {"AAPL": 1}, "INVALID_CURRENCY"),
        ("ACC100", {"USD": -1}, "INVALID_AMOUNT"),
        ("ACC100", {"USD": AMOUNT_MAXIMUM + 1}, "INVALID_AMOUNT"),
        ("ACC:100", {}, "INVALID_ACCOUNT_ID"),
    ],
)
def test_a_malformed_account_is_not_opened(
    account_id: str, limits: dict[str, int], code: str
) -> None:
    event = an_opened_account("BROKER100", cash_limits=limits)
    when(open_account, account_id, None, event).then_rejected(code)


def test_an_account_of_nobody_breaks_the_log() -> None:
    with pytest.raises(InvariantBroken):
        a_clearing_house((of("account", "ACC100"), an_opened_account("NOBODY")))


@dataclass
class Suspended:
    account: Account
    request: administration.AdministrationEvent
    decided: AccountSuspended | AccountReinstated | None


@pytest.mark.parametrize(
    "case",
    [
        Suspended(ACCOUNT, SUSPEND, AccountSuspended(cause="administration:1")),
        Suspended(SUSPENDED, REINSTATE, AccountReinstated(cause="administration:1")),
        Suspended(SUSPENDED, SUSPEND, None),
        Suspended(ACCOUNT, REINSTATE, None),
    ],
)
def test_a_request_is_decided_unless_it_asks_for_what_is(case: Suspended) -> None:
    assert administration.decide(case.account, case.request, "administration:1") == case.decided


def test_an_account_is_what_its_events_make_of_it() -> None:
    assert SUSPENDED.suspended
    assert evolve("ACC100", SUSPENDED, AccountReinstated(cause="administration:2")) == ACCOUNT


def test_a_log_that_suspends_no_account_is_broken() -> None:
    with pytest.raises(InvariantBroken):
        evolve("ACC100", None, AccountSuspended(cause="administration:1"))


@pytest.mark.parametrize(
    ("kind", "owes_securities", "owes_cash"),
    [
        (AccountKind.HOUSE, False, False),
        (AccountKind.OMNIBUS, False, False),
        (AccountKind.INDIVIDUAL, False, False),
        (AccountKind.BANK, False, True),
        (AccountKind.ISSUER, True, False),
        (AccountKind.AGENT, True, True),
        (AccountKind.CCP, True, True),
    ],
)
def test_only_house_accounts_go_below_zero_each_in_its_own_assets(
    kind: AccountKind, owes_securities: bool, owes_cash: bool
) -> None:
    account = _account(kind)
    securities = shortage(account, (Movement("AAPL", -1, -1),))
    cash = shortage(account, (Movement("USD", -1, -1),))
    assert securities is (None if owes_securities else RejectionCode.INSUFFICIENT_SECURITIES)
    assert cash is (None if owes_cash else RejectionCode.INSUFFICIENT_CASH)


def test_what_comes_in_is_never_short() -> None:
    assert shortage(_account(AccountKind.HOUSE), (Movement("USD", 5, -10),)) is None


def test_a_limit_is_the_lowest_balance() -> None:
    account = _account(AccountKind.HOUSE, cash_limits={"USD": 100})
    assert shortage(account, (Movement("USD", -1, -100),)) is None
    assert shortage(account, (Movement("USD", -1, -101),)) is RejectionCode.INSUFFICIENT_CASH


@pytest.mark.parametrize(
    ("balance", "exceeds"),
    [
        (BALANCE_MAXIMUM, False),
        (-BALANCE_MAXIMUM, False),
        (BALANCE_MAXIMUM + 1, True),
        (-BALANCE_MAXIMUM - 1, True),
    ],
)
def test_balances_fit_the_ledgers_columns(balance: int, exceeds: bool) -> None:
    assert exceeds_range((Movement("USD", 1, balance),)) is exceeds


def test_the_book_keeps_what_was_folded_in() -> None:
    book = Book()
    book.apply("ACC100", (Movement("USD", 5, 5), Movement("AAPL", 2, 2)))
    book.apply("ACC100", (Movement("USD", -3, 2),))
    assert book.holdings() == {"ACC100": {"USD": 2, "AAPL": 2}}
    assert book.balance("ACC100", "EUR") == 0
    assert book.balance("ACC200", "USD") == 0


def test_the_book_takes_over_a_checkpoint() -> None:
    book = Book()
    book.restore({"ACC100": {"USD": 7}})
    assert book.movement("ACC100", "USD", 3) == Movement("USD", 3, 10)


def test_a_movement_whose_balance_does_not_follow_breaks_the_log() -> None:
    with pytest.raises(InvariantBroken, match="do not make"):
        a_clearing_house(*a_market(), a_position("ACC100", ("USD", 1, 1)))


def test_each_event_of_an_account_raises_its_version() -> None:
    house = a_clearing_house(
        (of("participant", "BROKER100"), a_participant()),
        (of("account", "ACC100"), an_opened_account("BROKER100")),
        a_position("ACC100", ("USD", 1, 1)),
        (of("account", "ACC100"), AccountSuspended(cause="administration:1")),
    )
    assert house.account_versions == {"ACC100": 3}


def test_limits_that_are_not_given_are_none() -> None:
    opened = AccountOpened(participant_id="P", clearing_member_id="P", kind=AccountKind.INDIVIDUAL)
    assert opened.cash_limits == {}
