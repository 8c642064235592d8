"""Writes dashboards/clearing.json: one dashboard, a row for each question that operators ask.

`python deploy/grafana/make_dashboard.py` after a change; a test compares. Standard library only.
"""

import json
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "dashboards" / "clearing.json"
_SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
_REFUSED: Final = 'http_server_requests_total{status=~"[45].."}'
_COLUMNS: Final = 24
_HEIGHT: Final = 8

# Title, unit, and queries with the legend of each. Four at most beside each other.
_Panel = tuple[str, str, list[tuple[str, str]]]


def _quantiles(metric: str, by: str = "") -> list[tuple[str, str]]:
    legend = f" {{{{{by}}}}}" if by else ""
    labels = f"le, {by}" if by else "le"
    return [
        (
            f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))",
            f"p{round(q * 100)}{legend}",
        )
        for q in (0.5, 0.99)
    ]


def _rate(metric: str, by: str) -> list[tuple[str, str]]:
    return [(f"sum by ({by}) (rate({metric}[$__rate_interval]))", f"{{{{{by}}}}}")]


ROWS: Final[dict[str, list[_Panel]]] = {
    "Is it right?": [
        (
            "Balances that break a rule (0 is right)",
            "short",
            [("max by (rule) (clearing_invariant_violations)", "{{rule}}")],
        ),
        (
            "Since the balances were added up",
            "s",
            [("time() - max(clearing_invariant_checked_timestamp_seconds)", "ago")],
        ),
        ("Workers that lead (1 is right)", "short", [("sum(clearing_worker_leader)", "leaders")]),
        ("Processes that answer", "short", [("sum by (process) (up)", "{{process}}")]),
    ],
    "Is it keeping up?": [
        (
            "Behind the ledger: age of the first event not read",
            "s",
            [("max by (follower) (clearing_follower_lag_seconds)", "{{follower}}")],
        ),
        (
            "Behind the ledger: positions",
            "short",
            [("max by (follower) (clearing_follower_lag_positions)", "{{follower}}")],
        ),
        (
            "Instructions that wait for a group commit",
            "short",
            [("clearing_intake_queue_depth", "{{instance}}")],
        ),
        (
            "Events appended, and read into read models",
            "ops",
            [
                *_rate("clearing_events_appended_total", "writer"),
                *_rate("clearing_projection_events_total", "process"),
            ],
        ),
    ],
    "Does Kafka get it?": [
        (
            "Relays that lead (1), and whether the broker is waited for (0)",
            "short",
            [
                ("sum(clearing_relay_leader)", "leaders"),
                ("max(clearing_relay_broker_waiting)", "broker away"),
            ],
        ),
        (
            "Published, acknowledged",
            "ops",
            [("sum(rate(clearing_relay_records_total[$__rate_interval]))", "records")],
        ),
        ("From hand-over to acknowledgement", "s", _quantiles("clearing_relay_publish_seconds")),
        (
            "Pages in flight",
            "short",
            [("sum(clearing_relay_pages_in_flight)", "pages")],
        ),
    ],
    "What is refused, and why?": [
        ("Rejections by code", "ops", _rate("clearing_rejections_total", "code")),
        ("Decisions", "ops", _rate("clearing_decisions_total", "event")),
        (
            "Requests refused or failed",
            "reqps",
            [
                (
                    f"sum by (status, route) (rate({_REFUSED}[$__rate_interval]))",
                    "{{status}} {{route}}",
                )
            ],
        ),
        (
            "Rate limits",
            "reqps",
            [
                ("sum(rate(clearing_rate_limited_total[$__rate_interval]))", "refused"),
                ("max(clearing_rate_limit_local_only)", "Redis away (1)"),
            ],
        ),
    ],
    "Where is the time going?": [
        ("Requests", "s", _quantiles("http_server_request_duration_seconds", "route")),
        ("Appends: lock, COPY, commit", "s", _quantiles("clearing_append_seconds", "writer")),
        ("Decisions, a page", "s", _quantiles("clearing_decision_seconds")),
        ("Projections, a batch", "s", _quantiles("clearing_projection_batch_seconds", "process")),
    ],
    "What does it cost?": [
        ("Requests a second", "reqps", _rate("http_server_requests_total", "route")),
        (
            "Processor",
            "percentunit",
            [("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}")],
        ),
        ("Memory", "bytes", [("process_resident_memory_bytes", "{{job}} {{instance}}")]),
        ("Instructions in a group commit", "short", _quantiles("clearing_intake_page_size")),
    ],
}


def dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana's file provisioning reads it."""
    panels: list[dict[str, Any]] = []
    y = 0
    for question, row in ROWS.items():
        place = {"x": 0, "y": y, "w": _COLUMNS, "h": 1}
        panels.append({"type": "row", "title": question, "gridPos": place, "panels": []})
        width = _COLUMNS // len(row)
        for column, panel in enumerate(row):
            place = {"x": column * width, "y": y + 1, "w": width, "h": _HEIGHT}
            panels.append(_panel(panel, place))
        y += 1 + _HEIGHT
    for number, panel_json in enumerate(panels, start=1):
        panel_json["id"] = number
    return {
        "uid": "clearing",
        "title": "Clearing",
        "tags": ["clearing"],
        "timezone": "utc",
        "schemaVersion": 41,
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "editable": False,
        "panels": panels,
    }


def _panel(panel: _Panel, place: dict[str, int]) -> dict[str, Any]:
    title, unit, queries = panel
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": _SOURCE,
                "expr": expr,
                "legendFormat": legend,
            }
            for n, (expr, legend) in enumerate(queries)
        ],
    }


def text() -> str:
    """The content of the file."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
