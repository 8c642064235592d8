"""The book: every account's balances as of the last event that was folded in."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from domain.kernel.currency import is_currency
from domain.kernel.invariant import InvariantBroken
from domain.kernel.money import BALANCE_MAXIMUM
from domain.kernel.rejection import RejectionCode
from domain.ledger.account import Account, Movement

_NOTHING: Final[MappingProxyType[str, int]] = MappingProxyType({})


class Book:
    """Balances per account and asset.

    The one mutable part of the state: an account may hold thousands of assets, and copying them for
    each trade would make the busiest account the slowest. Only `apply` changes it.
    """

    __slots__ = ("_balances",)

    def __init__(self) -> None:
        self._balances: dict[str, dict[str, int]] = {}

    def balance(self, account_id: str, asset: str) -> int:
        """What the account holds: units of an instrument, or minor units of a currency."""
        return self._balances.get(account_id, _NOTHING).get(asset, 0)

    def held(self, account_id: str) -> Mapping[str, int]:
        """The account's balances by asset, to read; an asset it never held is missing."""
        return self._balances.get(account_id, _NOTHING)

    def movement(self, account_id: str, asset: str, amount: int) -> Movement:
        """A movement of `amount` with the balance that it would leave; nothing changes."""
        return Movement(asset, amount, self.balance(account_id, asset) + amount)

    def apply(self, account_id: str, movements: Iterable[Movement]) -> None:
        """Fold the movements of one `PositionUpdated` in.

        Raises `InvariantBroken` unless each balance is the one before plus the amount: a log in
        which it is not was altered, or written by two hands.
        """
        held = self._balances.get(account_id)
        if held is None:
            held = self._balances[account_id] = {}
        for movement in movements:
            asset, balance = movement.asset, movement.balance
            before = held.get(asset, 0)
            if before + movement.amount != balance:
                raise InvariantBroken(
                    f"{account_id}: {before} {asset} and {movement.amount} do not make {balance}"
                )
            held[asset] = balance

    def holdings(self) -> dict[str, dict[str, int]]:
        """Every balance, per account and asset, as plain data (for a checkpoint)."""
        return self._balances

    def restore(self, holdings: dict[str, dict[str, int]]) -> None:
        """Take over the balances of a checkpoint."""
        self._balances = holdings


def shortage(account: Account, movements: Sequence[Movement]) -> RejectionCode | None:
    """What the movements would break: no securities below zero, no cash below the account's limit.

    House accounts may go negative (rules of conservation: issuer, bank, agent, CCP), each in the
    assets it is there for.
    """
    for movement in movements:
        if movement.amount >= 0:
            continue
        if is_currency(movement.asset):
            owed = movement.balance + account.cash_limits.get(movement.asset, 0)
            if owed < 0 and not account.may_owe_cash:
                return RejectionCode.INSUFFICIENT_CASH
        elif movement.balance < 0 and not account.may_owe_securities:
            return RejectionCode.INSUFFICIENT_SECURITIES
    return None


def all_ordinary(movements: Iterable[Movement]) -> bool:
    """Whether no balance is below zero or out of range: then no limit needs to be looked up."""
    for movement in movements:  # noqa: SIM110 - a generator would cost a microsecond a trade
        if not 0 <= movement.balance <= BALANCE_MAXIMUM:
            return False
    return True


def exceeds_range(movements: Iterable[Movement]) -> bool:
    """Whether a balance would leave the range that the ledger stores."""
    return any(abs(movement.balance) > BALANCE_MAXIMUM for movement in movements)
