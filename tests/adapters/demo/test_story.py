from decimal import Decimal

import pytest

from adapters.demo.brokers import (
    SUSPENDED,
    UNKNOWN_ACCOUNTS,
    UNKNOWN_INSTRUMENTS,
    WITHOUT_CASH,
    WITHOUT_SHARES,
    market_accounts,
    opening_balances,
    reference_data,
)
from adapters.demo.development import development_opening_balances, development_reference_data
from adapters.demo.story import OpeningBalance, ReferenceData
from domain.kernel.identifiers import is_identifier, is_lei
from domain.ledger.account import AccountKind
from domain.settlement.transfer import TransferKind, house_kind, wrong_kind

Balances = tuple[OpeningBalance, ...]

STORIES = {
    "development": (development_reference_data(), development_opening_balances()),
    "demonstration": (reference_data(), opening_balances(50_000)),
}
both_stories = pytest.mark.parametrize(
    ("reference", "balances"), STORIES.values(), ids=STORIES.keys()
)


@both_stories
def test_participants_have_leis_that_pass_the_check_and_are_marked_as_invented(
    reference: ReferenceData, balances: Balances
) -> None:
    for participant in reference.participants:
        assert is_identifier(participant.participant_id)
        assert is_lei(participant.lei)
        assert participant.lei.startswith("000000DEV")


@both_stories
def test_every_id_is_used_once(reference: ReferenceData, balances: Balances) -> None:
    for ids in (
        [each.participant_id for each in reference.participants],
        [each.lei for each in reference.participants],
        [each.instrument_id for each in reference.instruments],
        [each.account_id for each in reference.accounts],
        [each.reference for each in balances],
    ):
        assert len(ids) == len(set(ids))


@both_stories
def test_accounts_belong_to_participants_that_exist(
    reference: ReferenceData, balances: Balances
) -> None:
    participants = {each.participant_id for each in reference.participants}
    for account in reference.accounts:
        assert is_identifier(account.account_id)
        assert account.participant_id in participants


@both_stories
def test_every_instrument_has_its_issuer_account(
    reference: ReferenceData, balances: Balances
) -> None:
    kinds = {each.account_id: each.kind for each in reference.accounts}
    for instrument in reference.instruments:
        assert kinds[instrument.issuer_account_id] is AccountKind.ISSUER
    assert kinds["BANK.USD"] is AccountKind.BANK


@both_stories
def test_opening_balances_come_from_the_house_account_of_their_asset(
    reference: ReferenceData, balances: Balances
) -> None:
    kinds = {each.account_id: each.kind for each in reference.accounts}
    for each in balances:
        source, target = kinds[each.from_account_id], kinds[each.to_account_id]
        assert wrong_kind(each.kind, each.asset_id, source, target) is None
        assert source is house_kind(each.asset_id)
        assert each.reference == f"OPENING-{each.to_account_id}-{each.asset_id}"


@both_stories
def test_cash_has_an_amount_in_cents_and_shares_have_a_quantity(
    reference: ReferenceData, balances: Balances
) -> None:
    for each in balances:
        if each.kind is TransferKind.DEPOSIT:
            assert each.quantity is None
            assert each.amount is not None
            assert each.amount > 0
            assert each.amount.as_tuple().exponent == -2
        else:
            assert each.amount is None
            assert each.quantity is not None
            assert each.quantity > 0


@both_stories
@pytest.mark.parametrize("account_id", ["ACC100", "ACC200"])
def test_the_accounts_of_the_quick_test_can_buy_and_sell(
    reference: ReferenceData, balances: Balances, account_id: str
) -> None:
    kinds = {each.account_id: (each.participant_id, each.kind) for each in reference.accounts}
    held = {each.asset_id: each for each in balances if each.to_account_id == account_id}
    assert kinds[account_id] == (f"BROKER{account_id[3:]}", AccountKind.OMNIBUS)
    assert (held["USD"].amount or 0) >= Decimal(100 * 150)
    assert (held["AAPL"].quantity or 0) >= 100


def test_the_development_set_is_part_of_the_demonstration() -> None:
    small, large = development_reference_data(), reference_data()
    for part in small.__struct_fields__:
        assert set(getattr(small, part)) <= set(getattr(large, part))
    assert set(development_opening_balances()) <= set(opening_balances(50_000))


def test_each_of_seven_brokers_has_accounts_of_every_kind() -> None:
    kinds: dict[str, set[AccountKind]] = {}
    for account in market_accounts():
        kinds.setdefault(account.participant_id, set()).add(account.kind)
    assert len(kinds) == 7
    assert all(
        each == {AccountKind.HOUSE, AccountKind.OMNIBUS, AccountKind.INDIVIDUAL}
        for each in kinds.values()
    )


def test_accounts_made_for_faults_lack_what_makes_the_fault_certain() -> None:
    held = {(each.to_account_id, each.asset_id) for each in opening_balances(50_000)}
    accounts = {each.account_id: each for each in reference_data().accounts}
    for account_id in WITHOUT_SHARES:
        assert {asset for account, asset in held if account == account_id} == {"USD"}
    for account_id in WITHOUT_CASH:
        assert (account_id, "USD") not in held
    assert {each.account_id for each in accounts.values() if each.suspended} == set(SUSPENDED)
    assert not accounts.keys() & set(UNKNOWN_ACCOUNTS)
    assert not {each.instrument_id for each in reference_data().instruments} & set(
        UNKNOWN_INSTRUMENTS
    )


def test_opening_balances_grow_with_the_day() -> None:
    def total(trades: int) -> int:
        return sum(each.quantity or 0 for each in opening_balances(trades))

    assert total(50_000) < total(150_000) < total(1_000_000)
