import pytest

from domain.kernel.money import AMOUNT_MAXIMUM, QUANTITY_MAXIMUM
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import AccountKind, Movement, PositionUpdated
from domain.reference.instrument import InstrumentDelisted
from domain.settlement.transfer import TransferKind, TransferSettled, wrong_kind
from tests.builders import (
    MONDAY,
    REASON,
    a_market,
    a_submitted_transfer,
    an_opened_account,
    of,
)
from tests.domain.specification import given

DEPOSIT, WITHDRAWAL = TransferKind.DEPOSIT, TransferKind.WITHDRAWAL
TRANSFER, ISSUANCE = TransferKind.TRANSFER, TransferKind.ISSUANCE


def test_a_deposit_comes_from_the_bank_and_takes_it_further_below_zero() -> None:
    def updated(*movements: Movement) -> PositionUpdated:
        return PositionUpdated(
            cause="transfer:T1", business_date=MONDAY, value_date=MONDAY, movements=movements
        )

    given(*a_market()).when(a_submitted_transfer(DEPOSIT)).then(
        (of("account", "BANK"), updated(Movement("USD", -500_00, -1_000_500_00))),
        (of("account", "ACC100"), updated(Movement("USD", 500_00, 1_000_500_00))),
        (
            of("transfer", "T1"),
            TransferSettled(
                kind=DEPOSIT,
                asset="USD",
                amount=500_00,
                from_account_id="BANK",
                to_account_id="ACC100",
                from_participant_id="HOUSE",
                to_participant_id="BROKER100",
                business_date=MONDAY,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (WITHDRAWAL, {}),
        (TRANSFER, {}),
        (ISSUANCE, {}),
        (DEPOSIT, {"asset": "AAPL", "from_account_id": "ISSUER"}),
        (
            WITHDRAWAL,
            {
                "asset": "AAPL",
                "amount": 1_000,
                "from_account_id": "ACC200",
                "to_account_id": "ISSUER",
            },
        ),
        (
            TRANSFER,
            {
                "asset": "AAPL",
                "amount": 1_000,
                "from_account_id": "ACC200",
                "to_account_id": "ACC100",
            },
        ),
    ],
)
def test_every_kind_of_transfer_settles(kind: TransferKind, terms: dict[str, object]) -> None:
    decided = given(*a_market()).when(a_submitted_transfer(kind, **terms)).decided
    given_, taken, (_, settled) = decided
    assert isinstance(settled, TransferSettled)
    assert given_[1].movements[0].amount == -settled.amount
    assert taken[1].movements[0].amount == settled.amount


def test_more_cash_than_is_there_is_not_withdrawn() -> None:
    transfer = a_submitted_transfer(WITHDRAWAL, amount=1_000_000_01)
    given(*a_market()).when(transfer).then_rejected(RejectionCode.INSUFFICIENT_CASH, Side.FROM)


def test_more_securities_than_are_there_are_not_transferred() -> None:
    transfer = a_submitted_transfer(
        TRANSFER, asset="AAPL", amount=1_001, from_account_id="ACC200", to_account_id="ACC100"
    )
    given(*a_market()).when(transfer).then_rejected(
        RejectionCode.INSUFFICIENT_SECURITIES, Side.FROM
    )


def test_cash_is_not_issued() -> None:
    transfer = a_submitted_transfer(ISSUANCE, asset="USD", from_account_id="BANK")
    given(*a_market()).when(transfer).then_rejected(RejectionCode.ASSET_NOT_ALLOWED)


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAXIMUM + 1])
def test_an_amount_of_cash_is_positive_and_bounded(amount: int) -> None:
    transfer = a_submitted_transfer(DEPOSIT, amount=amount)
    given(*a_market()).when(transfer).then_rejected(RejectionCode.INVALID_AMOUNT)


def test_a_quantity_of_securities_is_bounded() -> None:
    transfer = a_submitted_transfer(ISSUANCE, amount=QUANTITY_MAXIMUM + 1)
    given(*a_market()).when(transfer).then_rejected(RejectionCode.INVALID_QUANTITY)


def test_what_is_issued_comes_from_the_instruments_own_issuer_account() -> None:
    market = a_market(issuer_account_id="ISSUER")
    second = (of("account", "ISSUER2"), an_opened_account("HOUSE", kind=AccountKind.ISSUER))
    assert len(given(*market).when(a_submitted_transfer(ISSUANCE)).decided) == 3
    transfer = a_submitted_transfer(ISSUANCE, from_account_id="ISSUER2")
    given(*market, second).when(transfer).then_rejected(
        RejectionCode.ISSUER_ACCOUNT_MISMATCH, Side.FROM
    )


def test_what_is_withdrawn_goes_back_to_the_instruments_own_issuer_account() -> None:
    market = a_market(issuer_account_id="ISSUER")
    second = (of("account", "ISSUER2"), an_opened_account("HOUSE", kind=AccountKind.ISSUER))
    transfer = a_submitted_transfer(
        WITHDRAWAL, asset="AAPL", amount=1, from_account_id="ACC200", to_account_id="ISSUER2"
    )
    given(*market, second).when(transfer).then_rejected(
        RejectionCode.ISSUER_ACCOUNT_MISMATCH, Side.TO
    )


def test_a_delisted_instrument_may_be_withdrawn_but_not_deposited() -> None:
    delisted = [
        *a_market(),
        (of("instrument", "AAPL"), InstrumentDelisted(reason_digest=REASON)),
    ]
    out = a_submitted_transfer(
        WITHDRAWAL, asset="AAPL", from_account_id="ACC200", to_account_id="ISSUER", amount=1_000
    )
    into = a_submitted_transfer(DEPOSIT, asset="AAPL", from_account_id="ISSUER", amount=1)
    assert len(given(*delisted).when(out).decided) == 3
    given(*delisted).when(into).then_rejected(RejectionCode.INSTRUMENT_DELISTED)


def test_an_issuer_never_owes_cash() -> None:
    transfer = a_submitted_transfer(TRANSFER, from_account_id="ISSUER", amount=1)
    given(*a_market()).when(transfer).then_rejected(
        RejectionCode.ACCOUNT_KIND_NOT_ALLOWED, Side.FROM
    )


MEMBER, BANK, ISSUER = AccountKind.INDIVIDUAL, AccountKind.BANK, AccountKind.ISSUER


@pytest.mark.parametrize(
    ("kind", "asset", "source", "target", "wrong"),
    [
        (DEPOSIT, "USD", BANK, MEMBER, None),
        (DEPOSIT, "USD", ISSUER, MEMBER, Side.FROM),
        (DEPOSIT, "USD", MEMBER, MEMBER, Side.FROM),
        (DEPOSIT, "AAPL", ISSUER, MEMBER, None),
        (DEPOSIT, "AAPL", BANK, MEMBER, Side.FROM),
        (DEPOSIT, "USD", BANK, BANK, Side.TO),
        (WITHDRAWAL, "USD", MEMBER, BANK, None),
        (WITHDRAWAL, "USD", MEMBER, ISSUER, Side.TO),
        (WITHDRAWAL, "USD", BANK, BANK, Side.FROM),
        (WITHDRAWAL, "AAPL", MEMBER, ISSUER, None),
        (WITHDRAWAL, "AAPL", MEMBER, MEMBER, Side.TO),
        (TRANSFER, "USD", MEMBER, MEMBER, None),
        (TRANSFER, "USD", BANK, MEMBER, Side.FROM),
        (TRANSFER, "AAPL", MEMBER, ISSUER, Side.TO),
        (TRANSFER, "USD", AccountKind.HOUSE, AccountKind.OMNIBUS, None),
        (TRANSFER, "USD", AccountKind.CCP, MEMBER, Side.FROM),
        (TRANSFER, "USD", MEMBER, AccountKind.AGENT, Side.TO),
        (ISSUANCE, "AAPL", ISSUER, MEMBER, None),
        (ISSUANCE, "AAPL", MEMBER, MEMBER, Side.FROM),
        (ISSUANCE, "AAPL", ISSUER, ISSUER, Side.TO),
    ],
)
def test_each_kind_of_transfer_has_its_kinds_of_accounts(
    kind: TransferKind, asset: str, source: AccountKind, target: AccountKind, wrong: Side | None
) -> None:
    assert wrong_kind(kind, asset, source, target) is wrong
