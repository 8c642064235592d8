"""The OpenAPI document, from the same declarations that the routes run on."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec

from adapters.http.field_descriptions import FIELDS
from adapters.http.problems import MEDIA_TYPE, ProblemDocument
from adapters.http.route import Answered, Route

_REFERENCES: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+):str\}")
_INTRODUCTION: Final = (
    "Post-trade clearing and settlement on an event-sourced ledger. Money and prices are decimal "
    "strings in answers and JSON numbers or strings in requests, read exactly; quantities are "
    "integers; instants are UTC. Every error is a problem document (RFC 9457) with a stable "
    "`code`. Every write answers with `Ledger-Position`; `minPosition` on a read waits for it."
)
_HEADERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "Idempotency-Key": (
        (
            "1 to 255 visible ASCII characters. The same again gets the first answer again, with "
            "`Idempotent-Replayed: true`; another payload under the key gets 422."
        ),
        {"type": "string", "maxLength": 255},
    ),
    "Prefer": (
        "`wait=SECONDS`: answer with the outcome, waiting so long at most (bounded).",
        {"type": "string", "examples": ["wait=5"]},
    ),
    "X-Request-ID": (
        "Taken, or made; returned, logged, and kept with the ledger's events.",
        {"type": "string", "maxLength": 64},
    ),
    "Last-Event-ID": (
        "Go on after this event.",
        {"type": "string", "pattern": "^[0-9]{1,18}$"},
    ),
}
_ANSWER_HEADERS: Final = {
    "Ledger-Position": "The ledger position that the answer reflects or made.",
    "X-Request-ID": "The request's id, the correlation id of its events.",
    "RateLimit-Limit": "Elements that the caller may send at once.",
    "RateLimit-Remaining": "Elements that are left.",
    "RateLimit-Reset": "Seconds until all are there again.",
}


def openapi_document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document as plain data; the order is that of the routes, so it is always the same."""
    routes = tuple(routes)
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        address = _PATH_PARAMETER.sub(lambda found: "{" + _camel(found[1]) + "}", route.path)
        paths.setdefault(address, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clearing house",
            "version": _version(),
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An OIDC access token; the realm's roles say what it may do.",
                }
            },
        },
    }


class _Schemas:
    """The JSON Schemas of every type that a route names."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        types: dict[Any, None] = {ProblemDocument: None}
        queries: dict[Any, None] = {}
        for route in routes:
            types.update(dict.fromkeys(each.content for each in route.answers.values()))
            types[route.body] = None
            queries[route.query] = None
        types.pop(None, None)
        queries.pop(None, None)
        found, components = msgspec.json.schema_components(
            [*types, *queries], ref_template=_REFERENCES
        )
        self._by_type = dict(zip([*types, *queries], found, strict=True))
        self._queries = {
            kind: components[self._by_type[kind]["$ref"].rpartition("/")[2]] for kind in queries
        }
        names_of_queries = {self._by_type[kind]["$ref"].rpartition("/")[2] for kind in queries}
        self.components = {
            name: _described(schema)
            for name, schema in sorted(components.items())
            if name not in names_of_queries
        }

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema, or a reference to it."""
        schema: dict[str, Any] = self._by_type[kind]
        return schema

    def parameters(self, query: Any) -> list[dict[str, Any]]:
        """The query parameters that a struct's fields are."""
        if query is None:
            return []
        properties: dict[str, dict[str, Any]] = self._queries[query]["properties"]
        return [_parameter(name, schema) for name, schema in properties.items()]


def _parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in schema.items() if key != "default" or value is not None}
    choices = [each for each in shown.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        shown = {**choices[0], **shown}
    description, example = FIELDS.get(name, (name, None))
    description = shown.pop("description", description)
    if "examples" not in shown and example is not None:
        shown["examples"] = [example]
    return {"name": name, "in": "query", "description": description, "schema": shown}


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """Each property with what it means and an example."""
    for name, field in schema.get("properties", {}).items():
        described = _inner(field)
        description, example = FIELDS.get(name, (None, None))
        if "description" in described:
            field.setdefault("description", described["description"])
        elif description is not None:
            field["description"] = description
        field.setdefault("examples", described.get("examples", [example]))
    return schema


def _inner(field: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, or the one that is not null of an optional field."""
    for choice in field.get("anyOf", []):
        if "description" in choice:
            found: dict[str, Any] = choice
            return found
    return field


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": _description(route),
        "parameters": [
            *_path_parameters(route),
            *schemas.parameters(route.query),
            *_headers(route),
        ],
        "responses": _responses(route, schemas),
        "security": [] if route.roles is None else [{"bearer": []}],
        "x-roles": sorted(route.roles or ()),
    }
    if route.body is not None:
        content = {JSON: {"schema": schemas.of(route.body)} for JSON in route.media_types[:1]}
        for media_type in route.media_types[1:]:
            content[media_type] = {"schema": schemas.of(route.body)["items"]}
        operation["requestBody"] = {"required": not route.body_optional, "content": content}
    return operation


def _description(route: Route) -> str:
    if route.roles is None:
        return "Needs no token."
    roles = "Roles: " + ", ".join(sorted(route.roles)) + "."
    return f"{roles} {route.ownership}".strip()


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    parameters = []
    for found in _PATH_PARAMETER.finditer(route.path):
        name = _camel(found[1])
        description, example = FIELDS[name]
        parameters.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": description,
                "schema": {"type": "string", "examples": [example]},
            }
        )
    return parameters


def _headers(route: Route) -> list[dict[str, Any]]:
    names = ["X-Request-ID"]
    if route.method == "POST":
        names.append("Idempotency-Key")
    if route.waits:
        names.append("Prefer")
    if route.path.endswith("/stream"):
        names.append("Last-Event-ID")
    return [
        {
            "name": name,
            "in": "header",
            "description": _HEADERS[name][0],
            "schema": _HEADERS[name][1],
        }
        for name in names
    ]


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answered in sorted(route.answers.items()):
        responses[str(status)] = _success(route, answered, schemas)
    for status, codes in route.all_codes().items():
        responses[str(status)] = {
            "description": "Codes: " + ", ".join(dict.fromkeys(codes)) + ".",
            "content": {MEDIA_TYPE: {"schema": schemas.of(ProblemDocument)}},
            "x-codes": list(dict.fromkeys(codes)),
        }
    return responses


def _success(route: Route, answered: Answered, schemas: _Schemas) -> dict[str, Any]:
    schema = {"type": "string"} if answered.content is None else schemas.of(answered.content)
    names = _ANSWER_HEADERS if route.roles is not None else {}
    return {
        "description": answered.meaning,
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in names.items()
        },
        "content": {answered.media_type: {"schema": schema}},
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _version() -> str:
    try:
        return version("clearing-house")
    except PackageNotFoundError:
        return "development"
