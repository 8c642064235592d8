"""Prometheus metrics of the write path: what is appended, decided and waiting."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)

EVENTS_APPENDED = Counter("clearing_events_appended", "Events committed to the ledger.", ["writer"])
APPEND_SECONDS = Histogram(
    "clearing_append_seconds",
    "One append: lock, COPY and commit.",
    ["writer"],
    buckets=_SECONDS,
)
INTAKE_PAGE_SIZE = Histogram(
    "clearing_intake_page_size", "Instructions in one group commit.", buckets=_SIZES
)
INTAKE_QUEUE_DEPTH = Gauge("clearing_intake_queue_depth", "Instructions queued or being appended.")
DECISION_SECONDS = Histogram(
    "clearing_decision_seconds", "Deciding one page of instructions.", buckets=_SECONDS
)
DECISIONS = Counter(
    "clearing_decisions", "Instructions decided, by the event they ended in.", ["event"]
)
REJECTIONS = Counter("clearing_rejections", "Instructions rejected, by code.", ["code"])
WORKER_POSITION = Gauge(
    "clearing_worker_position", "The ledger position up to which instructions are decided."
)
WORKER_LAG = Gauge(
    "clearing_worker_lag_positions", "Ledger positions that the clearing worker is behind."
)
WORKER_LEADER = Gauge(
    "clearing_worker_leader", "1 while this process is the clearing worker, 0 while it stands by."
)
