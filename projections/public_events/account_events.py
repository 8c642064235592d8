"""Public events of accounts."""

from datetime import date

import msgspec

from domain.ledger.account import AccountKind, CapturePolicy
from projections.public_events.envelope import PublicEvent


class PublicMovement(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What one asset's balance changed by, and what it is after that."""

    asset: str
    amount: int
    balance: int


class PositionUpdated(PublicEvent, frozen=True, tag="clearing.PositionUpdated.v1"):
    """Balances of one account changed; `cause` is `trade:<id>` or `transfer:<id>`."""

    account_id: str
    cause: str
    business_date: date
    value_date: date
    movements: tuple[PublicMovement, ...]


class AccountOpened(PublicEvent, frozen=True, tag="clearing.AccountOpened.v1"):
    """A participant has a new account; `cash_limits` are minor units per currency."""

    account_id: str
    participant_id: str
    clearing_member_id: str
    kind: AccountKind
    capture_policy: CapturePolicy
    cash_limits: dict[str, int]


class AccountSuspended(PublicEvent, frozen=True, tag="clearing.AccountSuspended.v1"):
    """The account neither trades nor transfers; `cause` names the request."""

    account_id: str
    cause: str


class AccountReinstated(PublicEvent, frozen=True, tag="clearing.AccountReinstated.v1"):
    """The account may act again; `cause` names the request."""

    account_id: str
    cause: str


class AccountSuspensionRequested(
    PublicEvent, frozen=True, tag="clearing.AccountSuspensionRequested.v1"
):
    """An operator asks that an account be suspended."""

    request_id: str
    account_id: str
    reason_digest: str


class AccountReinstatementRequested(
    PublicEvent, frozen=True, tag="clearing.AccountReinstatementRequested.v1"
):
    """An operator asks that an account be reinstated."""

    request_id: str
    account_id: str
    reason_digest: str
