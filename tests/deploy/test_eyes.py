"""Dashboards, alerts and the way of logs: they read what the program says, where it says it."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import adapters.http.edge
import adapters.observability.metrics
import adapters.projection.metrics
import adapters.redis.rate_limit
import adapters.relay.metrics  # noqa: F401 - each of them registers its metrics
from tests.deploy.compose_file import ROOT, services

_PROMETHEUS = ROOT / "deploy" / "prometheus"
_GRAFANA = ROOT / "deploy" / "grafana"
_METRIC = re.compile(r"\b(?:clearing|http_server|process)_[a-z0-9_]+")
# Said by the Python client on Linux, where containers run, whatever machine the tests run on.
_OF_THE_CLIENT = {"process_cpu_seconds_total", "process_resident_memory_bytes"}


@cache
def _metrics() -> dict[str, set[str]]:
    """Every series that the program exports, with its labels."""
    names: dict[str, set[str]] = {name: set() for name in _OF_THE_CLIENT}
    for collector in list(REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[collector]:
            names[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return names


@cache
def _dashboard() -> dict[str, Any]:
    loaded = json.loads((_GRAFANA / "dashboards" / "clearing.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in _dashboard()["panels"] if panel["type"] != "row"]


@cache
def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((_PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


EXPRESSIONS = [
    *((panel["title"], target["expr"]) for panel in _panels() for target in panel["targets"]),
    *((rule["alert"], rule["expr"]) for rule in _rules()),
]


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_metric_is_one_of_the_program(where: str, expression: str) -> None:
    assert set(_METRIC.findall(expression)) <= _metrics().keys()


# Given by Prometheus to every series.
_TARGET_LABELS = {"process", "instance", "job"}


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_label_is_one_of_the_metrics(where: str, expression: str) -> None:
    known = set[str]().union(*(_metrics()[name] for name in _METRIC.findall(expression)))
    by = re.findall(r"\bby \(([^)]*)\)", expression)
    matched = re.findall(r"([a-z_]+)=~?\"", expression)
    used = {label.strip() for labels in by for label in labels.split(",")} | set(matched)
    assert used <= known | _TARGET_LABELS


@pytest.mark.parametrize(
    "metric", sorted(name for name in _metrics() if name.startswith("clearing"))
)
def test_every_metric_of_ours_says_what_it_is(metric: str) -> None:
    documented = {family.name: family.documentation for family in REGISTRY.collect()}
    base = re.sub(r"_(total|created|bucket|count|sum)$", "", metric)
    assert documented.get(metric, documented.get(base, "")).endswith(".")


def test_every_alert_says_how_bad_it_is_and_what_is_wrong_and_is_tested() -> None:
    tested = yaml.safe_load((_PROMETHEUS / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    fired = {
        case["alertname"]
        for test in tested
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    for rule in _rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
        assert rule["alert"] in fired


def test_the_runbook_knows_every_alert() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in _rules() if f"`{rule['alert']}`" not in runbook] == []


@pytest.mark.parametrize(
    "arguments", [["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]]
)
def test_prometheus_own_tool_is_content(arguments: list[str]) -> None:
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; name it by PROMTOOL")
    done = subprocess.run(
        [promtool, *arguments],
        cwd=_PROMETHEUS,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_asks_every_process_on_its_port() -> None:
    config = yaml.safe_load((_PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}
    asked = {target for each in jobs["clearing"] for target in each["targets"]}
    expected = {
        f"{name}:{service['healthcheck']['test'][-1]}"
        for name, service in services().items()
        if service["image"].startswith("clearing") and "test" in service["healthcheck"]
    }
    assert asked == expected
    assert set(services()["prometheus"]["networks"]) & set(services()["api"]["networks"])


def test_the_dashboard_is_the_one_that_its_program_writes() -> None:
    path = _GRAFANA / "make_dashboard.py"
    spec = importlib.util.spec_from_file_location("make_dashboard", path)
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    assert program.FILE.read_text(encoding="utf-8") == program.text()


def test_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    provisioning = _GRAFANA / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())
    dashboards = yaml.safe_load((provisioning / "dashboards" / "clearing.yaml").read_text())
    assert {panel["datasource"]["uid"] for panel in _panels()} == {sources["datasources"][0]["uid"]}
    mounted = [mount.split(":")[1] for mount in services()["grafana"]["volumes"]]
    assert dashboards["providers"][0]["options"]["path"] in mounted


def test_logs_come_from_the_driver_and_go_to_elasticsearch() -> None:
    fluent = yaml.safe_load((ROOT / "deploy" / "fluent-bit" / "clearing.yaml").read_text())
    parsers = yaml.safe_load((ROOT / "deploy" / "fluent-bit" / "clearing-parsers.yaml").read_text())
    (received,) = fluent["pipeline"]["inputs"]
    (parsed,) = fluent["pipeline"]["filters"]
    (sent,) = fluent["pipeline"]["outputs"]
    logging = services()["api"]["logging"]
    assert logging["options"]["fluentd-address"] == f"localhost:{received['port']}"
    assert services()["fluent-bit"]["ports"] == [f"127.0.0.1:{received['port']}:{received['port']}"]
    assert parsed["parser"] in [parser["name"] for parser in parsers["parsers"]]
    assert sent["host"] in services()
    mounted = [mount.split(":")[1] for mount in services()["fluent-bit"]["volumes"]]
    assert fluent["service"]["parsers_file"] in mounted
    assert Path(services()["fluent-bit"]["command"][-1].partition("=")[2]).name == "clearing.yaml"
