"""`/schema`: the OpenAPI document, and a page to read it on.

The page is made here, without scripts and without anything from elsewhere: it also reads on a
machine that has no way out, and under the strictest content security policy.
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

import msgspec

from adapters.http.call import Call, Result
from adapters.http.openapi import openapi_document
from adapters.http.route import Answered, Handle, Route

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h3{margin-top:2.5rem;border-top:1px solid #8884;padding-top:1rem}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8883}"
    ":root{color-scheme:light dark}"
)
_PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def documentation_routes(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes that serve the documentation of `routes`."""
    document = openapi_document(routes)
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    page = render(document).encode()
    return (
        Route(
            method="GET",
            path="/schema",
            tag="Documentation",
            summary="This interface, to read.",
            handle=_serving(page, "text/html; charset=utf-8"),
            roles=None,
            answers={200: Answered("A page.", None, "text/html")},
        ),
        Route(
            method="GET",
            path="/schema/openapi.json",
            tag="Documentation",
            summary="This interface, as an OpenAPI 3.1 document.",
            handle=_serving(encoded, "application/json"),
            roles=None,
            answers={200: Answered("The document.", None)},
        ),
    )


def _serving(content: bytes, media_type: str) -> Handle:
    async def serve(_call: Call) -> Result:
        headers = {"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "max-age=300"}
        return Result(content=content, media_type=media_type, headers=headers)

    return serve


def render(document: dict[str, Any]) -> str:
    """The document as a page."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info['description'])}</p>",
        '<p>The same for machines: <a href="/schema/openapi.json">openapi.json</a>.</p>',
        "<h2>Routes</h2>",
    ]
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(method.upper(), address, operation))
    parts.append("<h2>Types</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(_schema(name, schema))
    return "".join(parts) + "</html>"


def _operation(method: str, address: str, operation: dict[str, Any]) -> str:
    parts = [
        f'<h3 id="{escape(operation["operationId"])}"><code>{method} {escape(address)}</code></h3>',
        f"<p>{escape(operation['summary'])} {escape(operation['description'])}</p>",
    ]
    if operation["parameters"]:
        rows = ((each["name"], each["in"], each["description"]) for each in operation["parameters"])
        parts.append(_table(("parameter", "in", ""), rows))
    body = operation.get("requestBody")
    if body is not None:
        for media_type, content in body["content"].items():
            parts.append(f"<p>Body, <code>{media_type}</code>: {_type(content['schema'])}</p>")
    rows_of_answers = []
    for status, response in operation["responses"].items():
        schemas = [_type(content["schema"]) for content in response["content"].values()]
        rows_of_answers.append((status, response["description"], *schemas))
    parts.append(_table(("status", "", "type"), rows_of_answers, markup=2))
    return "".join(parts)


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = (
        (
            field + ("" if field in schema.get("required", ()) else " (optional)"),
            _type(described),
            escape(described.get("description", ""))
            + f" <code>{escape(msgspec.json.encode(described['examples'][0]).decode())}</code>",
        )
        for field, described in schema.get("properties", {}).items()
    )
    summary = escape(schema.get("description", ""))
    values = ", ".join(str(value) for value in schema.get("enum", ()))
    return (
        f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3><p>{summary} {escape(values)}</p>'
        + _table(("field", "type", ""), rows, markup=1)
    )


def _type(schema: dict[str, Any]) -> str:
    """A type in a word or two, as markup, with a link to where it is described."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "items" in schema:
        return "list of " + _type(schema["items"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(_type(choice) for choice in choices)
    return escape(str(schema.get("format", schema.get("type", "any"))))


def _table(
    heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, markup: int | None = None
) -> str:
    """A table; columns from `markup` on are markup already, those before are text."""
    lines = [
        "<tr>"
        + "".join(
            f"<td>{cell if markup is not None and index >= markup else escape(cell)}</td>"
            for index, cell in enumerate(row)
        )
        for row in rows
    ]
    if not lines:
        return ""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
