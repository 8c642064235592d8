"""Decide a submitted transfer: settle it, or reject it."""

from domain.clearing.clear_trade import Decision, Refusal, refuse_accounts
from domain.clearing.house import ClearingHouse
from domain.kernel.currency import is_currency
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account, PositionUpdated
from domain.ledger.book import shortage
from domain.reference.business_day import BusinessDay
from domain.settlement.transfer import (
    TransferRejected,
    TransferSettled,
    TransferSubmitted,
    wrong_kind,
)


def settle_transfer(house: ClearingHouse, stream: str, transfer: TransferSubmitted) -> Decision:
    """Decide the transfer of `stream` in the state of `house`; nothing is changed here.

    Three events when it settles (two positions updated, settled), one when it does not.
    """
    source = house.accounts.get(transfer.from_account_id)
    target = house.accounts.get(transfer.to_account_id)
    refusal = _refuse_reference(house, transfer, source, target)
    if refusal is not None:
        return _reject(house, stream, transfer, refusal)
    assert house.business_day is not None and source is not None and target is not None
    return _settle(house, stream, transfer, source, target, house.business_day)


def _refuse_reference(
    house: ClearingHouse,
    transfer: TransferSubmitted,
    source: Account | None,
    target: Account | None,
) -> Refusal | None:
    day = house.business_day
    if day is None or not day.is_open:
        return RejectionCode.BUSINESS_DAY_CLOSED, None
    if not is_currency(transfer.asset) and transfer.asset not in house.instruments:
        return RejectionCode.UNKNOWN_ASSET, None
    refusal = refuse_accounts(house, ((Side.FROM, source), (Side.TO, target)), members=False)
    if refusal is not None:
        return refusal
    assert source is not None and target is not None
    side = wrong_kind(transfer.kind, transfer.asset, source.kind, target.kind)
    return None if side is None else (RejectionCode.ACCOUNT_KIND_NOT_ALLOWED, side)


def _settle(
    house: ClearingHouse,
    stream: str,
    transfer: TransferSubmitted,
    source: Account,
    target: Account,
    day: BusinessDay,
) -> Decision:
    book = house.book
    given = (book.movement(source.account_id, transfer.asset, -transfer.amount),)
    taken = (book.movement(target.account_id, transfer.asset, transfer.amount),)
    code, side = shortage(source, given), Side.FROM
    if code is None:
        code, side = shortage(target, taken), Side.TO
    if code is not None:
        return _reject(house, stream, transfer, (code, side))
    cause = stream.partition(":")[2]
    positions = [
        (
            house.account_stream(account.account_id),
            PositionUpdated(
                cause=cause,
                business_date=day.business_date,
                value_date=day.business_date,
                movements=movements,
            ),
        )
        for account, movements in ((source, given), (target, taken))
    ]
    settled = TransferSettled(
        kind=transfer.kind,
        asset=transfer.asset,
        amount=transfer.amount,
        from_account_id=source.account_id,
        to_account_id=target.account_id,
        from_participant_id=source.participant_id,
        to_participant_id=target.participant_id,
        business_date=day.business_date,
    )
    return [*positions, (stream, settled)]


def _reject(
    house: ClearingHouse, stream: str, transfer: TransferSubmitted, refusal: Refusal
) -> Decision:
    source = house.accounts.get(transfer.from_account_id)
    target = house.accounts.get(transfer.to_account_id)
    day = house.business_day
    rejected = TransferRejected(
        code=refusal[0],
        side=refusal[1],
        asset=transfer.asset,
        from_account_id=transfer.from_account_id,
        to_account_id=transfer.to_account_id,
        from_participant_id=None if source is None else source.participant_id,
        to_participant_id=None if target is None else target.participant_id,
        business_date=None if day is None else day.business_date,
    )
    return [(stream, rejected)]
