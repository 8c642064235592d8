"""The ledger's rejections in words: what each code means, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from domain.kernel.rejection import RejectionCode, Side

_Code = RejectionCode

ADVICE: Final[Mapping[RejectionCode, str]] = {
    _Code.SAME_ACCOUNT: "both sides are the same account: name two",
    _Code.INVALID_QUANTITY: "the quantity is not a whole number within the limits",
    _Code.INVALID_AMOUNT: "the amount is not positive, or more than one instruction may move",
    _Code.INVALID_PRICE: "the price is not positive, or has too many digits",
    _Code.TRADE_DATE_OUT_OF_WINDOW: (
        "the trade date is too old, or after the business date: report it to the operator"
    ),
    _Code.BUSINESS_DAY_CLOSED: "no business date is open: send it again on the next one",
    _Code.UNKNOWN_INSTRUMENT: "no such instrument is listed: see GET /api/v1/instruments",
    _Code.UNKNOWN_ASSET: "neither a listed instrument nor an ISO 4217 currency",
    _Code.ASSET_NOT_ALLOWED: "this kind of transfer does not move this kind of asset",
    _Code.INSTRUMENT_SUSPENDED: "the instrument is suspended: send it again when it is back",
    _Code.INSTRUMENT_DELISTED: "the instrument was delisted for good",
    _Code.UNKNOWN_ACCOUNT: "no such account is open: see GET /api/v1/accounts",
    _Code.ACCOUNT_KIND_NOT_ALLOWED: "an account of this kind cannot be on this side",
    _Code.ISSUER_ACCOUNT_MISMATCH: "the instrument names another issuer account",
    _Code.ACCOUNT_SUSPENDED: "the account is suspended: send it again when it is back",
    _Code.PARTICIPANT_SUSPENDED: "the participant is suspended: send it again when it is back",
    _Code.CURRENCY_MISMATCH: "the instrument is traded in another currency",
    _Code.LOT_SIZE: "the quantity is not a multiple of the instrument's lot size",
    _Code.TICK_SIZE: "the price is not a multiple of the instrument's tick size",
    _Code.INSUFFICIENT_SECURITIES: "the deliverer holds less: see the positions of its account",
    _Code.INSUFFICIENT_CASH: "the payer's cash and limit do not cover it: deposit first",
    _Code.BALANCE_OUT_OF_RANGE: "the amount or a balance would be larger than the ledger keeps",
}

_OF_TRADES_ONLY: Final = {
    _Code.INVALID_PRICE,
    _Code.TRADE_DATE_OUT_OF_WINDOW,
    _Code.UNKNOWN_INSTRUMENT,
    _Code.CURRENCY_MISMATCH,
    _Code.LOT_SIZE,
    _Code.TICK_SIZE,
}
_OF_TRANSFERS_ONLY: Final = {
    _Code.INVALID_AMOUNT,
    _Code.UNKNOWN_ASSET,
    _Code.ASSET_NOT_ALLOWED,
    _Code.ISSUER_ACCOUNT_MISMATCH,
}
TRADE_CODES: Final = tuple(code.value for code in _Code if code not in _OF_TRANSFERS_ONLY)
"""What a trade may be rejected for, in the order in which it is looked for."""
TRANSFER_CODES: Final = tuple(code.value for code in _Code if code not in _OF_TRADES_ONLY)
"""The same of a transfer."""


def rejection_detail(code: RejectionCode, side: Side | None) -> str:
    """What a rejected instruction's sender is told."""
    where = "" if side is None else f"{side.value}: "
    return f"the ledger rejected it; {where}{ADVICE[code]}"
