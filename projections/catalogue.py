"""Every read model by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from projections.changes import Projection
from projections.notifications.projection import NotificationsProjection
from projections.positions.projection import PositionsProjection
from projections.postings.projection import PostingsProjection
from projections.reference.projection import ReferenceProjection
from projections.settlements.projection import SettlementsProjection
from projections.trades.projection import TradesProjection
from projections.transfers.projection import TransfersProjection

_ALL: Final[tuple[type[Projection], ...]] = (
    NotificationsProjection,
    PositionsProjection,
    PostingsProjection,
    ReferenceProjection,
    SettlementsProjection,
    TradesProjection,
    TransfersProjection,
)
PROJECTIONS: Final[Mapping[str, type[Projection]]] = MappingProxyType(
    {projection.name: projection for projection in _ALL}
)
