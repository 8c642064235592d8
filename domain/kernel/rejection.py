"""Why the business says no: stable codes, each with one meaning."""

from enum import StrEnum


class RejectionCode(StrEnum):
    """The codes of `TradeRejected` and `TransferRejected`, in the order in which they are looked for.

    They are part of the HTTP interface: a code is never renamed or given another meaning.
    """

    BUSINESS_DAY_CLOSED = "BUSINESS_DAY_CLOSED"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    INSTRUMENT_SUSPENDED = "INSTRUMENT_SUSPENDED"
    INSTRUMENT_DELISTED = "INSTRUMENT_DELISTED"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    ACCOUNT_KIND_NOT_ALLOWED = "ACCOUNT_KIND_NOT_ALLOWED"
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
