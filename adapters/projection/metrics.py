"""Prometheus metrics of the projections."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

PROJECTION_POSITION = Gauge(
    "clearing_projection_position",
    "The ledger position up to which a read model is built.",
    ["projection"],
)
PROJECTION_LAG = Gauge(
    "clearing_projection_lag_positions",
    "Ledger positions that a read model is behind.",
    ["projection"],
)
PROJECTION_BATCH_SECONDS = Histogram(
    "clearing_projection_batch_seconds", "One batch: rows and position.", buckets=_SECONDS
)
PROJECTION_EVENTS = Counter(
    "clearing_projection_events", "Ledger positions that were taken into read models."
)
PROJECTION_RETRIES = Counter(
    "clearing_projection_retries", "Batches begun again, by why.", ["cause"]
)
