"""An account: where a participant's securities and cash are held."""

from datetime import date
from enum import StrEnum

import msgspec

from domain.kernel.currency import is_currency
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused


class AccountKind(StrEnum):
    """Whose holdings an account keeps. The last four are the house's own and may go negative."""

    HOUSE = "HOUSE"
    OMNIBUS = "OMNIBUS"
    INDIVIDUAL = "INDIVIDUAL"
    BANK = "BANK"
    ISSUER = "ISSUER"
    AGENT = "AGENT"
    CCP = "CCP"


MEMBER_KINDS = frozenset({AccountKind.HOUSE, AccountKind.OMNIBUS, AccountKind.INDIVIDUAL})
"""Kinds that trade and never go below zero securities or below their cash limit."""


class CapturePolicy(StrEnum):
    """What happens to a sale of more than is held. REJECT refuses the trade."""

    REJECT = "REJECT"


class Movement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`[asset, amount, balance after]`: units of an instrument, or minor units of a currency.

    Stored as a JSON array: a trade has four of them, and their field names would be a tenth of the log.
    """

    asset: str
    amount: int
    balance: int


# Events


class AccountOpened(Event, frozen=True, kw_only=True):
    """A participant has a new account.

    `cash_limits` says, per currency and in minor units, how far below zero its cash may go.
    """

    participant_id: str
    clearing_member_id: str
    kind: AccountKind
    capture_policy: CapturePolicy = CapturePolicy.REJECT
    cash_limits: dict[str, int] = {}


class AccountSuspended(Event, frozen=True, kw_only=True):
    """The account neither trades nor transfers. `cause` is the stream that asked for it."""

    cause: str


class AccountReinstated(Event, frozen=True, kw_only=True):
    """The account may act again. `cause` is the stream that asked for it."""

    cause: str


class PositionUpdated(Event, frozen=True, kw_only=True):
    """Balances of one account changed because of one instruction.

    `cause` is the instruction's stream without the segment; `value_date` is when it takes effect,
    never later than `business_date`, the date on which it was recorded.
    """

    cause: str
    business_date: date
    value_date: date
    movements: tuple[Movement, ...]


AccountEvent = AccountOpened | AccountSuspended | AccountReinstated | PositionUpdated


# State


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions read of an account; its balances are in the `Book`."""

    account_id: str
    participant_id: str
    kind: AccountKind
    cash_limits: dict[str, int]
    suspended: bool = False

    @property
    def is_member(self) -> bool:
        """Whether the account belongs to a trading party and not to the house."""
        return self.kind in MEMBER_KINDS


def evolve(account_id: str, state: Account | None, event: AccountEvent) -> Account:
    """The account after `event`; balances are evolved by the `Book`."""
    if isinstance(event, AccountOpened):
        return Account(
            account_id=account_id,
            participant_id=event.participant_id,
            kind=event.kind,
            cash_limits=event.cash_limits,
        )
    assert state is not None, f"{type(event).__name__} before AccountOpened"
    if isinstance(event, PositionUpdated):
        return state
    return msgspec.structs.replace(state, suspended=isinstance(event, AccountSuspended))


# Commands


def open_account(
    account_id: str, state: Account | None, event: AccountOpened
) -> list[AccountEvent]:
    """Open an account once; raises `CommandRefused` when the id is taken or a limit is malformed."""
    if state is not None:
        raise CommandRefused("ACCOUNT_EXISTS", f"account {account_id} is open already")
    for currency, limit in event.cash_limits.items():
        if not is_currency(currency):
            raise CommandRefused("INVALID_CURRENCY", f"{currency} is not an ISO 4217 code")
        if limit < 0:
            raise CommandRefused("INVALID_AMOUNT", "a cash limit is not negative")
    return [event]
