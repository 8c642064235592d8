"""The rules of gross clearing once more: slow, obvious, and apart from the code under test.

Plain dictionaries and fractions, nothing imported from the domain. It is written from the rules and
the HTTP interface's list of codes, not from the decisions that it checks.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "BHD": 3}
MEMBERS = ("HOUSE", "OMNIBUS", "INDIVIDUAL")
SETTLED = "SETTLED"


@dataclass
class Firm:
    suspended: bool = False


@dataclass
class Security:
    currency: str
    lot: int
    tick: Fraction
    issuer: str | None
    status: str = "LISTED"


@dataclass
class Holder:
    firm: str
    kind: str
    limits: dict[str, int]
    suspended: bool = False


@dataclass
class Oracle:
    """Everything that is true, and what becomes of a trade or a transfer."""

    firms: dict[str, Firm] = field(default_factory=dict)
    securities: dict[str, Security] = field(default_factory=dict)
    holders: dict[str, Holder] = field(default_factory=dict)
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    issued: dict[str, int] = field(default_factory=dict)
    today: date | None = None
    open: bool = False

    def balance(self, account: str, asset: str) -> int:
        return self.balances.get((account, asset), 0)

    def trade(  # noqa: PLR0911 - as long as the list of codes that it repeats
        self,
        security_id: str,
        buyer: str,
        seller: str,
        quantity: int,
        price: Fraction,
        currency: str | None,
        traded_on: date | None,
    ) -> str:
        """The rejection's code, or SETTLED, and then securities and cash have changed hands."""
        code = self._trade_terms(buyer, seller, quantity, price, traded_on)
        if code:
            return code
        if security_id not in self.securities:
            return "UNKNOWN_INSTRUMENT"
        security = self.securities[security_id]
        if security.status != "LISTED":
            return "INSTRUMENT_" + security.status
        code = self._accounts(buyer, seller, members_only=True)
        if code:
            return code
        if currency not in (None, security.currency):
            return "CURRENCY_MISMATCH"
        if quantity % security.lot != 0:
            return "LOT_SIZE"
        if (price / security.tick).denominator != 1:
            return "TICK_SIZE"
        if self.balance(seller, security_id) < quantity:
            return "INSUFFICIENT_SECURITIES"
        cost = floor(quantity * price * 10 ** DIGITS[security.currency] + Fraction(1, 2))
        limit = self.holders[buyer].limits.get(security.currency, 0)
        # A trade that costs nothing asks for no cash, even of a buyer who could not pay.
        if cost > 0 and self.balance(buyer, security.currency) + limit < cost:
            return "INSUFFICIENT_CASH"
        self._move(seller, buyer, security_id, quantity)
        self._move(buyer, seller, security.currency, cost)
        return SETTLED

    def transfer(self, kind: str, asset: str, amount: int, source: str, target: str) -> str:
        """The rejection's code, or SETTLED, and then the asset has moved."""
        code = self._transfer_terms(kind, asset, amount, source, target)
        if code:
            return code
        code = self._transfer_sides(kind, asset, source, target)
        if code:
            return code
        left = self.balance(source, asset) - amount
        if self.holders[source].kind in MEMBERS:
            if asset not in DIGITS and left < 0:
                return "INSUFFICIENT_SECURITIES"
            if asset in DIGITS and left < -self.holders[source].limits.get(asset, 0):
                return "INSUFFICIENT_CASH"
        self._move(source, target, asset, amount)
        if kind in ("DEPOSIT", "ISSUANCE"):
            self.issued[asset] = self.issued.get(asset, 0) + amount
        if kind == "WITHDRAWAL":
            self.issued[asset] = self.issued.get(asset, 0) - amount
        return SETTLED

    def _trade_terms(
        self, buyer: str, seller: str, quantity: int, price: Fraction, traded_on: date | None
    ) -> str:
        if buyer == seller:
            return "SAME_ACCOUNT"
        if quantity <= 0:
            return "INVALID_QUANTITY"
        if price <= 0:
            return "INVALID_PRICE"
        if self.today and traded_on and not self._in_window(self.today, traded_on):
            return "TRADE_DATE_OUT_OF_WINDOW"
        return "" if self.open else "BUSINESS_DAY_CLOSED"

    def _in_window(self, today: date, traded_on: date) -> bool:
        return today - timedelta(days=30) <= traded_on <= today

    def _transfer_terms(  # noqa: PLR0911 - as above
        self, kind: str, asset: str, amount: int, source: str, target: str
    ) -> str:
        if source == target:
            return "SAME_ACCOUNT"
        if amount <= 0:
            return "INVALID_AMOUNT" if asset in DIGITS else "INVALID_QUANTITY"
        if not self.open:
            return "BUSINESS_DAY_CLOSED"
        if asset in DIGITS:
            return "ASSET_NOT_ALLOWED" if kind == "ISSUANCE" else ""
        if asset not in self.securities:
            return "UNKNOWN_ASSET"
        status = self.securities[asset].status
        if status == "SUSPENDED":
            return "INSTRUMENT_SUSPENDED"
        if status == "DELISTED" and kind in ("DEPOSIT", "ISSUANCE"):
            return "INSTRUMENT_DELISTED"
        return ""

    def _transfer_sides(self, kind: str, asset: str, source: str, target: str) -> str:
        if source not in self.holders or target not in self.holders:
            return "UNKNOWN_ACCOUNT"
        house = ("BANK",) if asset in DIGITS else ("ISSUER",)
        sources = house if kind in ("DEPOSIT", "ISSUANCE") else MEMBERS
        targets = house if kind == "WITHDRAWAL" else MEMBERS
        if self.holders[source].kind not in sources or self.holders[target].kind not in targets:
            return "ACCOUNT_KIND_NOT_ALLOWED"
        issuer = self.securities[asset].issuer if asset in self.securities else None
        outside = {"DEPOSIT": source, "ISSUANCE": source, "WITHDRAWAL": target}.get(kind)
        if issuer and outside and outside != issuer:
            return "ISSUER_ACCOUNT_MISMATCH"
        return self._accounts(source, target, members_only=False)

    def _accounts(self, first: str, second: str, *, members_only: bool) -> str:
        if first not in self.holders or second not in self.holders:
            return "UNKNOWN_ACCOUNT"
        holders = [self.holders[first], self.holders[second]]
        if members_only and any(holder.kind not in MEMBERS for holder in holders):
            return "ACCOUNT_KIND_NOT_ALLOWED"
        if any(holder.suspended for holder in holders):
            return "ACCOUNT_SUSPENDED"
        if any(self.firms[holder.firm].suspended for holder in holders):
            return "PARTICIPANT_SUSPENDED"
        return ""

    def _move(self, source: str, target: str, asset: str, amount: int) -> None:
        self.balances[source, asset] = self.balance(source, asset) - amount
        self.balances[target, asset] = self.balance(target, asset) + amount
