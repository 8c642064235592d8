"""What deciding an instruction gives, and the checks that trades and transfers share."""

from domain.clearing.house import ClearingHouse
from domain.kernel.event import Event
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import Account

Decision = list[tuple[str, Event]]
"""Events with the streams they belong to, to be appended together or not at all."""
Refusal = tuple[RejectionCode, Side | None]

_RANK = {code: rank for rank, code in enumerate(RejectionCode)}


def refuse_accounts(
    house: ClearingHouse, sides: tuple[tuple[Side, Account | None], ...], *, members: bool
) -> Refusal | None:
    """Whether both accounts are there, of members (where only those may), and not suspended.

    Of two different refusals the one that is looked for first, of two equal ones the first side's.
    """
    earliest: tuple[RejectionCode, Side] | None = None
    for side, account in sides:
        code = _refuse_account(house, account, members)
        if code is not None and (earliest is None or _RANK[code] < _RANK[earliest[0]]):
            earliest = code, side
    return earliest


def _refuse_account(
    house: ClearingHouse,
    account: Account | None,
    members: bool,  # noqa: FBT001 - passed on from a keyword
) -> RejectionCode | None:
    if account is None:
        return RejectionCode.UNKNOWN_ACCOUNT
    if members and not account.is_member:
        return RejectionCode.ACCOUNT_KIND_NOT_ALLOWED
    if account.suspended:
        return RejectionCode.ACCOUNT_SUSPENDED
    if house.participants[account.participant_id].suspended:
        return RejectionCode.PARTICIPANT_SUSPENDED
    return None
