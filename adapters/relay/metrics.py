"""Prometheus metrics of the relay."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

RELAY_LEADER = Gauge(
    "clearing_relay_leader", "1 while this process publishes, 0 while it stands by."
)
RELAY_POSITION = Gauge(
    "clearing_relay_position", "The ledger position up to which the broker has acknowledged."
)
RELAY_PAGES_IN_FLIGHT = Gauge(
    "clearing_relay_pages_in_flight", "Pages that the broker has not acknowledged yet."
)
RELAY_BROKER_WAITING = Gauge(
    "clearing_relay_broker_waiting", "1 while the relay waits for a broker that does not answer."
)
RELAY_RECORDS = Counter("clearing_relay_records", "Events published and acknowledged.")
RELAY_RECONNECTS = Counter("clearing_relay_reconnects", "Producers given up and begun again.")
RELAY_PUBLISH_SECONDS = Histogram(
    "clearing_relay_publish_seconds",
    "From handing a page over to its acknowledgement.",
    buckets=_SECONDS,
)
