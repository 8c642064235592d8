"""The OpenAPI document: complete, and changed only on purpose.

After a change that is meant: `python -m tests.contracts.test_openapi` writes the golden file anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.http.openapi import openapi_document
from adapters.http.routes import ROUTES

GOLDEN = Path(__file__).parent / "openapi.json"


def the_document() -> dict[str, Any]:
    return openapi_document(route for route in ROUTES if route.tag != "Documentation")


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in the_document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_the_one_that_clients_know() -> None:
    document = the_document()
    document["info"]["version"] = "any"
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == json.loads(json.dumps(document))


@pytest.mark.parametrize(("name", "operation"), operations())
def test_every_route_says_who_may_what_it_answers_and_how_it_fails(
    name: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    statuses = set(operation["responses"])
    assert any(status.startswith("2") for status in statuses)
    if operation["security"]:
        assert operation["x-roles"]
        assert {"400", "401", "403", "429", "500", "503"} <= statuses
    for status, response in operation["responses"].items():
        assert response["description"]
        if status >= "400":
            assert response["x-codes"]
    for parameter in operation["parameters"]:
        assert parameter["description"]
        assert parameter["name"] != parameter["description"]


def test_every_field_says_what_it_means_and_shows_an_example() -> None:
    for name, schema in the_document()["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), f"{name}.{field}"
            assert described.get("examples") is not None, f"{name}.{field}"


def test_every_reference_leads_somewhere() -> None:
    document = the_document()
    text = json.dumps(document)
    known = document["components"]["schemas"]
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in known


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))


if __name__ == "__main__":
    golden = the_document()
    golden["info"]["version"] = "any"
    GOLDEN.write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
