"""Prometheus metrics of the write path, and of the ledger as it is seen from outside."""

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
WORKER_LEADER = Gauge(
    "clearing_worker_leader", "1 while this process is the clearing worker, 0 while it stands by."
)

LEDGER_POSITION = Gauge("clearing_ledger_position", "The position of the ledger's last event.")
FOLLOWER_LAG_POSITIONS = Gauge(
    "clearing_follower_lag_positions",
    "Ledger positions that a follower of the log has not come to yet.",
    ["follower"],
)
FOLLOWER_LAG_SECONDS = Gauge(
    "clearing_follower_lag_seconds",
    "The age of the first event that a follower of the log has not come to yet.",
    ["follower"],
)
OBSERVED_AT = Gauge(
    "clearing_observed_timestamp_seconds", "When the followers were last looked at."
)
INVARIANT_VIOLATIONS = Gauge(
    "clearing_invariant_violations", "Latest balances that break a rule; 0 is right.", ["rule"]
)
CHECKED_AT = Gauge(
    "clearing_invariant_checked_timestamp_seconds", "When the balances were last added up."
)
