"""A transfer: cash or securities moved without a trade."""

from datetime import date
from enum import StrEnum

from domain.kernel.currency import is_currency
from domain.kernel.event import Event
from domain.kernel.rejection import RejectionCode, Side
from domain.ledger.account import MEMBER_KINDS, AccountKind


class TransferKind(StrEnum):
    """Where a transfer comes from and goes to."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    TRANSFER = "TRANSFER"
    ISSUANCE = "ISSUANCE"


class TransferStatus(StrEnum):
    """How far a transfer has come."""

    SUBMITTED = "SUBMITTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"


# Events


class TransferSubmitted(Event, frozen=True, kw_only=True):
    """Somebody entitled to it asked for a transfer.

    `amount` is in units of an instrument, or in minor units of a currency.
    """

    kind: TransferKind
    asset: str
    amount: int
    from_account_id: str
    to_account_id: str
    client_reference: str | None = None


class TransferSettled(Event, frozen=True, kw_only=True):
    """The asset moved."""

    kind: TransferKind
    asset: str
    amount: int
    from_account_id: str
    to_account_id: str
    from_participant_id: str
    to_participant_id: str
    business_date: date


class TransferRejected(Event, frozen=True, kw_only=True):
    """The ledger refused the transfer and moved nothing."""

    code: RejectionCode
    asset: str
    from_account_id: str
    to_account_id: str
    side: Side | None = None
    from_participant_id: str | None = None
    to_participant_id: str | None = None
    business_date: date | None = None


TransferEvent = TransferSubmitted | TransferSettled | TransferRejected


def house_kind(asset: str) -> AccountKind:
    """The kind of house account that an asset enters and leaves the ledger by."""
    return AccountKind.BANK if is_currency(asset) else AccountKind.ISSUER


def moves(kind: TransferKind, asset: str) -> bool:
    """Whether such a transfer moves such an asset: only securities are issued."""
    return kind is not TransferKind.ISSUANCE or not is_currency(asset)


def enters(kind: TransferKind) -> bool:
    """Whether such a transfer brings the asset into the members' accounts."""
    return kind in (TransferKind.DEPOSIT, TransferKind.ISSUANCE)


def wrong_kind(
    kind: TransferKind, asset: str, source: AccountKind, target: AccountKind
) -> Side | None:
    """Which side has an account of a kind that this transfer does not allow; None when neither.

    What is issued or deposited comes from the house account of the asset, what is withdrawn goes
    there, and a plain transfer touches members' accounts only.
    """
    house = house_kind(asset)
    if source not in ({house} if enters(kind) else MEMBER_KINDS):
        return Side.FROM
    if target not in ({house} if kind is TransferKind.WITHDRAWAL else MEMBER_KINDS):
        return Side.TO
    return None
