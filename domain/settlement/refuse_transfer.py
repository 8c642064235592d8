"""What a transfer is refused for before any balance is looked at, in its order."""

from domain.clearing.decision import Refusal, refuse_accounts
from domain.clearing.house import ClearingHouse
from domain.kernel.currency import is_currency
from domain.kernel.money import AMOUNT_MAXIMUM, QUANTITY_MAXIMUM
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account
from domain.reference.business_day import BusinessDay
from domain.reference.instrument import Instrument, InstrumentStatus
from domain.settlement.transfer import TransferKind, TransferSubmitted, enters, moves, wrong_kind


def refuse_transfer(
    house: ClearingHouse,
    transfer: TransferSubmitted,
    source: Account | None,
    target: Account | None,
) -> Refusal | None:
    """The first check that fails, in the order of `RejectionCode`."""
    instrument = house.instruments.get(transfer.asset)
    code = _refuse_terms(transfer, house.business_day) or _refuse_asset(transfer, instrument)
    if code is not None:
        return code, None
    for side, account in ((Side.FROM, source), (Side.TO, target)):
        if account is None:
            return RejectionCode.UNKNOWN_ACCOUNT, side
    assert source is not None
    assert target is not None
    wrong = wrong_kind(transfer.kind, transfer.asset, source.kind, target.kind)
    if wrong is not None:
        return RejectionCode.ACCOUNT_KIND_NOT_ALLOWED, wrong
    return _refuse_issuer(transfer, instrument) or refuse_accounts(
        house, ((Side.FROM, source), (Side.TO, target)), members=False
    )


def _refuse_terms(transfer: TransferSubmitted, day: BusinessDay | None) -> RejectionCode | None:
    """What the door refuses as well, and the closed day."""
    if transfer.from_account_id == transfer.to_account_id:
        return RejectionCode.SAME_ACCOUNT
    if is_currency(transfer.asset):
        if not 0 < transfer.amount <= AMOUNT_MAXIMUM:
            return RejectionCode.INVALID_AMOUNT
    elif not 0 < transfer.amount <= QUANTITY_MAXIMUM:
        return RejectionCode.INVALID_QUANTITY
    if day is None or not day.is_open:
        return RejectionCode.BUSINESS_DAY_CLOSED
    return None


def _refuse_asset(
    transfer: TransferSubmitted, instrument: Instrument | None
) -> RejectionCode | None:
    """A transfer of securities is a delivery free of payment: a suspension stops it as well.

    Nothing of a delisted instrument comes in any more; what is held may be moved and withdrawn.
    """
    if instrument is None and not is_currency(transfer.asset):
        return RejectionCode.UNKNOWN_ASSET
    if not moves(transfer.kind, transfer.asset):
        return RejectionCode.ASSET_NOT_ALLOWED
    if instrument is None:
        return None
    if instrument.status is InstrumentStatus.SUSPENDED:
        return RejectionCode.INSTRUMENT_SUSPENDED
    if instrument.status is InstrumentStatus.DELISTED and enters(transfer.kind):
        return RejectionCode.INSTRUMENT_DELISTED
    return None


def _refuse_issuer(transfer: TransferSubmitted, instrument: Instrument | None) -> Refusal | None:
    """What was issued stands in one account, where the instrument names it."""
    if instrument is None or instrument.issuer_account_id is None:
        return None
    issuer = instrument.issuer_account_id
    if enters(transfer.kind) and transfer.from_account_id != issuer:
        return RejectionCode.ISSUER_ACCOUNT_MISMATCH, Side.FROM
    if transfer.kind is TransferKind.WITHDRAWAL and transfer.to_account_id != issuer:
        return RejectionCode.ISSUER_ACCOUNT_MISMATCH, Side.TO
    return None
