"""An account: where a participant's securities and cash are held."""

from datetime import date
from enum import StrEnum

import msgspec

from domain.kernel.currency import is_currency
from domain.kernel.event import Event
from domain.kernel.identifiers import is_identifier
from domain.kernel.invariant import InvariantBroken
from domain.kernel.money import AMOUNT_MAXIMUM
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

_OWE_SECURITIES = frozenset({AccountKind.ISSUER, AccountKind.AGENT, AccountKind.CCP})
_OWE_CASH = frozenset({AccountKind.BANK, AccountKind.AGENT, AccountKind.CCP})


class CapturePolicy(StrEnum):
    """What happens to a sale of more than is held. REJECT refuses the trade."""

    REJECT = "REJECT"


class Movement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`[asset, amount, balance after]`: units of an instrument, or minor units of a currency.

    Stored as a JSON array: a trade has four, and their field names would be a tenth of the log.
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
    cash_limits: dict[str, int] = msgspec.field(default_factory=dict)


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
    """What decisions read of an account; its balances are in the `Book`.

    What follows from the kind is worked out once here and not at every trade.
    """

    account_id: str
    participant_id: str
    kind: AccountKind
    cash_limits: dict[str, int]
    is_member: bool
    """Whether the account belongs to a trading party and not to the house."""
    may_owe_securities: bool
    may_owe_cash: bool
    suspended: bool = False


def evolve(account_id: str, state: Account | None, event: AccountEvent) -> Account:
    """The account after `event`; balances are evolved by the `Book`."""
    if isinstance(event, AccountOpened):
        return Account(
            account_id=account_id,
            participant_id=event.participant_id,
            kind=event.kind,
            cash_limits=event.cash_limits,
            is_member=event.kind in MEMBER_KINDS,
            may_owe_securities=event.kind in _OWE_SECURITIES,
            may_owe_cash=event.kind in _OWE_CASH,
        )
    if state is None:
        raise InvariantBroken(f"{type(event).__name__} before AccountOpened")
    if isinstance(event, PositionUpdated):
        return state
    return msgspec.structs.replace(state, suspended=isinstance(event, AccountSuspended))


# Commands


def open_account(
    account_id: str, state: Account | None, event: AccountOpened
) -> list[AccountEvent]:
    """Open an account once; raises `CommandRefused` when the id is taken or a limit malformed.

    That the participant and its clearing member are registered is for the caller to look up.
    """
    if state is not None:
        raise CommandRefused("ACCOUNT_EXISTS", f"account {account_id} is open already")
    if not is_identifier(account_id):
        raise CommandRefused("INVALID_ACCOUNT_ID", f"{account_id!r} is not an id")
    for currency, limit in event.cash_limits.items():
        if not is_currency(currency):
            raise CommandRefused("INVALID_CURRENCY", f"{currency} is not an ISO 4217 code")
        if not 0 <= limit <= AMOUNT_MAXIMUM:
            raise CommandRefused(
                "INVALID_AMOUNT", f"a cash limit lies between 0 and {AMOUNT_MAXIMUM} minor units"
            )
    return [event]
