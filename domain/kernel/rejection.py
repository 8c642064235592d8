"""Why the business says no: stable codes, each with one meaning."""

from enum import StrEnum


class RejectionCode(StrEnum):
    """The codes of `TradeRejected` and `TransferRejected`, in the order of being looked for.

    They are part of the HTTP interface: a code is never renamed or given another meaning. The
    first five are refused at the door already; the ledger looks again, because an instruction
    that got past the door cannot be taken out of the log and must not stop it either.
    """

    SAME_ACCOUNT = "SAME_ACCOUNT"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_PRICE = "INVALID_PRICE"
    TRADE_DATE_OUT_OF_WINDOW = "TRADE_DATE_OUT_OF_WINDOW"
    BUSINESS_DAY_CLOSED = "BUSINESS_DAY_CLOSED"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    ASSET_NOT_ALLOWED = "ASSET_NOT_ALLOWED"
    INSTRUMENT_SUSPENDED = "INSTRUMENT_SUSPENDED"
    INSTRUMENT_DELISTED = "INSTRUMENT_DELISTED"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    ACCOUNT_KIND_NOT_ALLOWED = "ACCOUNT_KIND_NOT_ALLOWED"
    ISSUER_ACCOUNT_MISMATCH = "ISSUER_ACCOUNT_MISMATCH"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    PARTICIPANT_SUSPENDED = "PARTICIPANT_SUSPENDED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    LOT_SIZE = "LOT_SIZE"
    TICK_SIZE = "TICK_SIZE"
    INSUFFICIENT_SECURITIES = "INSUFFICIENT_SECURITIES"
    INSUFFICIENT_CASH = "INSUFFICIENT_CASH"
    BALANCE_OUT_OF_RANGE = "BALANCE_OUT_OF_RANGE"


class Side(StrEnum):
    """Which party of an instruction a rejection speaks of."""

    BUYER = "BUYER"
    SELLER = "SELLER"
    FROM = "FROM"
    TO = "TO"


class CommandRefused(Exception):
    """An administrative command that the current state does not allow; nothing was recorded.

    `code` is stable (UPPER_SNAKE), `detail` says what to do about it.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
