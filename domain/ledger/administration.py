"""Requests to suspend or reinstate an account.

They are instructions in streams of their own, because the clearing worker is the only writer of an
account's stream: it decides them in log order, between the trades before and after.
"""

from domain.kernel.event import Event
from domain.ledger.account import Account, AccountReinstated, AccountSuspended

# Events


class AccountSuspensionRequested(Event, frozen=True, kw_only=True):
    """An operator asks that an account be suspended."""

    account_id: str
    reason_digest: str


class AccountReinstatementRequested(Event, frozen=True, kw_only=True):
    """An operator asks that an account be reinstated."""

    account_id: str
    reason_digest: str


AdministrationEvent = AccountSuspensionRequested | AccountReinstatementRequested


# Commands


def decide(
    account: Account, request: AdministrationEvent, cause: str
) -> AccountSuspended | AccountReinstated | None:
    """What becomes of a request; one that asks for what already is decides nothing."""
    suspend = isinstance(request, AccountSuspensionRequested)
    if account.suspended == suspend:
        return None
    return AccountSuspended(cause=cause) if suspend else AccountReinstated(cause=cause)
