"""The exported contract is the one that is published, and only ever grows."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.cli.events import command, read_schemas
from projections.public_events.compatibility import breaking_changes
from projections.public_events.document import asyncapi_document, json_schemas

DOCUMENTS = Path(__file__).parents[2] / "docs" / "events"
SUBMITTED = "clearing.TradeSubmitted.v1"


def test_the_exported_document_is_today_s() -> None:
    assert json.loads((DOCUMENTS / "asyncapi.json").read_text()) == asyncapi_document()


def test_the_exported_schemas_are_today_s() -> None:
    assert read_schemas(DOCUMENTS) == json_schemas()


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = asyncapi_document()
    for topic, channel in document["channels"].items():
        for name, message in channel["messages"].items():
            assert message["$ref"] == f"#/components/messages/{name}"
            assert name in document["components"]["messages"]
        assert document["operations"][f"publish-{topic}"]["channel"]["$ref"].endswith(topic)
    for message in document["components"]["messages"].values():
        assert (DOCUMENTS / message["payload"]["schema"]["$ref"]).exists()


def _removed(schemas: Any) -> None:
    del schemas[SUBMITTED]


def _field_removed(schemas: Any) -> None:
    del schemas[SUBMITTED]["properties"]["quantity"]


def _field_changed(schemas: Any) -> None:
    schemas[SUBMITTED]["properties"]["quantity"] = {"type": "string"}


def _field_optional(schemas: Any) -> None:
    schemas[SUBMITTED]["required"].remove("quantity")


def _value_removed(schemas: Any) -> None:
    schemas[SUBMITTED]["$defs"]["Capacity"]["enum"].remove("DEAL")


def _inner_field_removed(schemas: Any) -> None:
    movement = schemas["clearing.PositionUpdated.v1"]["$defs"]["PublicMovement"]
    del movement["properties"]["balance"]


@pytest.mark.parametrize(
    "change",
    [
        _removed,
        _field_removed,
        _field_changed,
        _field_optional,
        _value_removed,
        _inner_field_removed,
    ],
)
def test_what_a_reader_would_miss_is_a_break(change: Callable[[Any], None]) -> None:
    after = copy.deepcopy(json_schemas())
    change(after)
    assert breaking_changes(json_schemas(), after)


def test_a_new_event_and_a_new_field_are_no_breaks() -> None:
    after = copy.deepcopy(json_schemas())
    after["clearing.TradeBusted.v1"] = {"type": "object"}
    after[SUBMITTED]["properties"]["another"] = {"type": "string"}
    assert breaking_changes(json_schemas(), after) == []


def test_an_export_that_would_break_readers_is_refused(tmp_path: Path) -> None:
    CliRunner().invoke(command, ["export", str(tmp_path)], catch_exceptions=False)
    file = tmp_path / "schemas" / f"{SUBMITTED}.json"
    schema = json.loads(file.read_text())
    schema["properties"]["gone"] = {"type": "string"}
    file.write_text(json.dumps(schema))
    result = CliRunner().invoke(command, ["export", str(tmp_path)])
    assert "gone removed" in str(result.exception)
    assert "gone" in file.read_text()
