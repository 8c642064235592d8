"""Every route there is; from this list come the application, its documentation and its tests."""

from typing import Final

from adapters.http import (
    accounts,
    business_day,
    instruments,
    notifications,
    operations,
    participants,
    positions,
    probes,
    trades,
    transfers,
)
from adapters.http.documentation import documentation_routes
from adapters.http.route import Route

_DOCUMENTED: Final[tuple[Route, ...]] = (
    *trades.ROUTES,
    *positions.ROUTES,
    *participants.ROUTES,
    *instruments.ROUTES,
    *accounts.ROUTES,
    *transfers.ROUTES,
    *business_day.ROUTES,
    *notifications.ROUTES,
    *operations.ROUTES,
    *probes.ROUTES,
)
ROUTES: Final[tuple[Route, ...]] = (*_DOCUMENTED, *documentation_routes(_DOCUMENTED))
