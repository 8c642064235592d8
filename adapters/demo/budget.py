"""What the market's accounts can still give away, counted so that no order of trades can fail.

Only what an account held at the opening counts, never what it received during the day. So every
trade that was granted settles, in whatever order the ledger decides the trades.
"""

from adapters.demo.brokers import CASH_IN_CENTS, SHARES
from adapters.demo.story import StoryAccount


class Budget:
    """Cash in cents and shares that are left of the opening balances, by account id."""

    def __init__(
        self, accounts: tuple[StoryAccount, ...], instrument_ids: tuple[str, ...], scale: int
    ) -> None:
        self._cash = {each.account_id: CASH_IN_CENTS[each.kind] * scale for each in accounts}
        self._shares = {
            each.account_id: dict.fromkeys(instrument_ids, SHARES[each.kind] * scale)
            for each in accounts
        }

    def can_sell(self, account_id: str, instrument_id: str, quantity: int) -> bool:
        """Whether the account has so many shares left."""
        return self._shares[account_id][instrument_id] >= quantity

    def can_pay(self, account_id: str, cents: int) -> bool:
        """Whether the account has so much cash left."""
        return self._cash[account_id] >= cents

    def reserve_shares(self, account_id: str, instrument_id: str, quantity: int) -> None:
        """Set shares aside for a trade."""
        self._shares[account_id][instrument_id] -= quantity

    def reserve_cash(self, account_id: str, cents: int) -> None:
        """Set cash aside for a trade."""
        self._cash[account_id] -= cents
