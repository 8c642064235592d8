"""Logs are one JSON object a line, and carry no secret, wherever it hides."""

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from adapters.observability.logging import redact

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"


def logged_by(program: str) -> list[dict[str, Any]]:
    """What a process of its own writes: logging is set up once a process."""
    setup = """
import logging, structlog
from adapters.observability.logging import configure_logging
from adapters.settings import Settings
configure_logging(Settings(), process="api")
"""
    command = [sys.executable, "-c", setup + textwrap.dedent(program)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout == ""
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_an_event_is_a_line_of_json() -> None:
    (line,) = logged_by('structlog.get_logger().info("trade_accepted", trade_id="T1")')
    assert line["event"] == "trade_accepted"
    assert line["trade_id"] == "T1"
    assert line["process"] == "api"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_libraries_write_the_same_way() -> None:
    (line,) = logged_by(f'logging.getLogger("library").warning("sent Bearer %s", "{TOKEN}")')
    assert line["process"] == "api"
    assert TOKEN not in line["event"]


def test_a_secret_in_an_exception_is_taken_out() -> None:
    (line,) = logged_by(
        f"""
        try:
            raise ValueError("cannot use {TOKEN}")
        except ValueError:
            structlog.get_logger().exception("failed")
        """
    )
    assert "ValueError" in line["exception"]
    assert TOKEN not in json.dumps(line)


@pytest.mark.parametrize(
    "event",
    [
        {"token": "s3cret-value"},
        {"access_token": "s3cret-value"},
        {"Authorization": "s3cret-value"},
        {"client_secret": "s3cret-value"},
        {"password": "s3cret-value"},
        {"headers": {"authorization": "s3cret-value"}},
        {"headers": [("cookie", "Bearer s3cret-value")]},
        {"request": {"form": {"password": "s3cret-value"}}},
        {"event": "got Bearer s3cret-value"},
        {"event": "got bearer s3cret-value"},
        {"body": b"grant_type=password&password=s3cret-value&x=1"},
        {"url": "postgresql://app:s3cret-value@db/clearing"},
        {"error": ValueError("redis://:s3cret-value@cache")},
    ],
)
def test_secrets_are_taken_out(event: dict[str, Any]) -> None:
    assert "s3cret" not in repr(redact(None, "info", event))


def test_what_is_no_secret_stays() -> None:
    event = {
        "event": "trade_settled",
        "trade_id": "0b7c",
        "position": 17,
        "url": "postgresql://app@db/clearing",
        "accounts": ["ACC100", "ACC200"],
        "token_type": "Bearer",
    }
    assert redact(None, "info", dict(event)) == event
