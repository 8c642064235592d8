"""The query parameters of the routes that read; each struct is what one route takes."""

from typing import Annotated

import msgspec

from commands.request_fields import AccountId, AssetId, Day, InstrumentId, ParticipantId
from domain.clearing.trade import TradeStatus
from queries.answer import LIMIT_DEFAULT, LIMIT_MAXIMUM

_POSITION_MAXIMUM = 2**63 - 1

Limit = Annotated[
    int,
    msgspec.Meta(ge=1, le=LIMIT_MAXIMUM, description="Rows on a page.", examples=[100]),
]
Cursor = Annotated[
    str, msgspec.Meta(max_length=512, description="`nextCursor` of the page before, as it is.")
]
Position = Annotated[
    int,
    msgspec.Meta(ge=0, le=_POSITION_MAXIMUM, description="A ledger position.", examples=[4711]),
]
MinPosition = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=_POSITION_MAXIMUM,
        description=(
            "Wait until the read model has reached this ledger position (of a `Ledger-Position` "
            "header): read your own writes."
        ),
        examples=[4711],
    ),
]


class ReadQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every read takes."""

    min_position: MinPosition | None = None


class ListQuery(ReadQuery, frozen=True, kw_only=True):
    """What every list takes."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor | None = None


class TradesQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of trades."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    status: TradeStatus | None = None
    trade_date: Day | None = None


class PositionsQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of positions."""

    account_id: AccountId | None = None
    asset_id: AssetId | None = None
    participant_id: ParticipantId | None = None


class AccountPositionsQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of one account's positions."""

    asset_id: AssetId | None = None


class MovementsQuery(ListQuery, frozen=True, kw_only=True):
    """Which movements of an account; both days are value dates and included."""

    asset_id: AssetId | None = None
    from_date: Day | None = None
    to_date: Day | None = None


class SettlementsQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of settled obligations; `settledOn` is a business date."""

    account_id: AccountId | None = None
    settled_on: Day | None = None


class TransfersQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of transfers."""

    account_id: AccountId | None = None


class NotificationsQuery(ListQuery, frozen=True, kw_only=True):
    """Notifications after the position `since`."""

    since: Position = 0


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a stream begins, unless `Last-Event-ID` says so."""

    since: Position = 0
