"""Decide a submitted transfer: settle it, or reject it."""

from domain.clearing.decision import Decision, Refusal
from domain.clearing.house import ClearingHouse
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account, Movement, PositionUpdated
from domain.ledger.book import exceeds_range, shortage
from domain.reference.business_day import BusinessDay
from domain.settlement.refuse_transfer import refuse_transfer
from domain.settlement.transfer import TransferRejected, TransferSettled, TransferSubmitted


def settle_transfer(house: ClearingHouse, stream: str, transfer: TransferSubmitted) -> Decision:
    """Decide the transfer of `stream` in the state of `house`; nothing is changed here.

    Three events when it settles (two positions updated, settled), one when it does not.
    """
    day = house.business_day
    source = house.accounts.get(transfer.from_account_id)
    target = house.accounts.get(transfer.to_account_id)
    refusal = refuse_transfer(house, transfer, source, target)
    if refusal is not None:
        return [(stream, _rejected(transfer, refusal, source, target, day))]
    assert day is not None
    assert source is not None
    assert target is not None

    given = (house.book.movement(source.account_id, transfer.asset, -transfer.amount),)
    taken = (house.book.movement(target.account_id, transfer.asset, transfer.amount),)
    refusal = _refuse_balances(source, given, taken)
    if refusal is not None:
        return [(stream, _rejected(transfer, refusal, source, target, day))]
    positions = [
        (
            house.account_stream(account.account_id),
            PositionUpdated(
                cause=stream.partition(":")[2],
                business_date=day.business_date,
                value_date=day.business_date,
                movements=movements,
            ),
        )
        for account, movements in ((source, given), (target, taken))
    ]
    return [*positions, (stream, _settled(transfer, source, target, day))]


def _refuse_balances(
    source: Account, given: tuple[Movement, ...], taken: tuple[Movement, ...]
) -> Refusal | None:
    code = shortage(source, given)
    if code is not None:
        return code, Side.FROM
    if exceeds_range(given):
        return RejectionCode.BALANCE_OUT_OF_RANGE, Side.FROM
    if exceeds_range(taken):
        return RejectionCode.BALANCE_OUT_OF_RANGE, Side.TO
    return None


def _settled(
    transfer: TransferSubmitted, source: Account, target: Account, day: BusinessDay
) -> TransferSettled:
    return TransferSettled(
        kind=transfer.kind,
        asset=transfer.asset,
        amount=transfer.amount,
        from_account_id=source.account_id,
        to_account_id=target.account_id,
        from_participant_id=source.participant_id,
        to_participant_id=target.participant_id,
        business_date=day.business_date,
    )


def _rejected(
    transfer: TransferSubmitted,
    refusal: Refusal,
    source: Account | None,
    target: Account | None,
    day: BusinessDay | None,
) -> TransferRejected:
    code, side = refusal
    return TransferRejected(
        code=code,
        side=side,
        asset=transfer.asset,
        from_account_id=transfer.from_account_id,
        to_account_id=transfer.to_account_id,
        from_participant_id=None if source is None else source.participant_id,
        to_participant_id=None if target is None else target.participant_id,
        business_date=None if day is None else day.business_date,
    )
