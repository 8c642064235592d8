"""The book: every account's balances as of the last event that was folded in."""

from collections.abc import Iterable, Sequence

from domain.kernel.currency import is_currency
from domain.kernel.money import BALANCE_MAXIMUM
from domain.kernel.rejection import RejectionCode
from domain.ledger.account import Account, AccountKind, Movement


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
        held = self._balances.get(account_id)
        return 0 if held is None else held.get(asset, 0)

    def movement(self, account_id: str, asset: str, amount: int) -> Movement:
        """A movement of `amount` with the balance that it would leave; nothing changes."""
        return Movement(asset, amount, self.balance(account_id, asset) + amount)

    def apply(self, account_id: str, movements: Iterable[Movement]) -> None:
        """Fold the movements of one `PositionUpdated` in.

        Asserts that each balance is the one before plus the amount: a log in which it is not was
        altered, or written by two hands.
        """
        held = self._balances.setdefault(account_id, {})
        for movement in movements:
            before = held.get(movement.asset, 0)
            assert before + movement.amount == movement.balance, (
                f"{account_id}: {before} {movement.asset} and {movement.amount} "
                f"do not make {movement.balance}"
            )
            held[movement.asset] = movement.balance

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
        if abs(movement.balance) > BALANCE_MAXIMUM:
            return RejectionCode.BALANCE_OUT_OF_RANGE
        if movement.amount >= 0 or _may_be_negative(account.kind, movement.asset):
            continue
        if not is_currency(movement.asset):
            if movement.balance < 0:
                return RejectionCode.INSUFFICIENT_SECURITIES
        elif movement.balance + account.cash_limits.get(movement.asset, 0) < 0:
            return RejectionCode.INSUFFICIENT_CASH
    return None


def _may_be_negative(kind: AccountKind, asset: str) -> bool:
    if kind is AccountKind.BANK:
        return is_currency(asset)
    if kind is AccountKind.ISSUER:
        return not is_currency(asset)
    return kind in (AccountKind.AGENT, AccountKind.CCP)
