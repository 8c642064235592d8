"""The way of every request: who, may they, how often, what; then the route, then the answer."""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from adapters.http.answers import Streamed, Whole
from adapters.http.authentication import authenticate
from adapters.http.bodies import media_type, read_body
from adapters.http.call import Call, Result
from adapters.http.charging import charge
from adapters.http.decoding import BodyDecoder, decode_query
from adapters.http.problems import Problem, forbidden
from adapters.http.request_headers import idempotency_key, preferred_wait
from adapters.http.route import Route
from adapters.http.services import Services

_ENCODER: Final = msgspec.json.Encoder()


class NoQuery(msgspec.Struct, frozen=True):
    """A route without parameters."""


def handler_of(route: Route, services: Services) -> HTTPRouteHandler:
    """The route as Litestar runs it."""
    takes_one = route.body is not None and route.element is None
    decoder = BodyDecoder(route.body) if takes_one else None

    async def endpoint(request: Request[Any, Any, Any]) -> ASGIApp:
        call = Call(services, route, request.scope, request.receive)
        await admit(call)
        await read(call, decoder)
        return answer(await route.handle(call))

    return HTTPRouteHandler(
        route.path,
        http_method=[route.method],  # type: ignore[list-item]
        name=route.name,
        opt={"route": route},
        include_in_schema=False,
        media_type="application/json",
    )(endpoint)


async def admit(call: Call) -> None:
    """Judge the token, the role and the rate; batches are counted when they have been read."""
    if call.services.closing.is_set() and call.route.roles is not None:
        raise Problem(
            503, "STOPPING", "this process is stopping: try again", headers={"Retry-After": "1"}
        )
    if call.route.roles is None:
        return
    call.caller = caller = await authenticate(call.services.verifier, call.headers)
    call.scope["state"]["actor"] = caller.subject
    if caller.roles.isdisjoint(call.route.roles):
        allowed = ", ".join(sorted(call.route.roles))
        raise forbidden(f"this takes one of the roles: {allowed}")
    if call.route.element is None:
        await charge(call, 1)


async def read(call: Call, decoder: BodyDecoder[Any] | None) -> None:
    """Read what the caller sent: headers, query, body."""
    route = call.route
    call.query = decode_query(route.query or NoQuery, call.scope["query_string"])
    if route.method != "POST":
        return
    call.key = idempotency_key(call.headers)
    if route.waits:
        maximum = call.services.settings.read_wait_seconds_maximum
        call.wait_seconds = preferred_wait(call.headers, maximum)
    if route.element is not None:
        return
    if route.body_optional and call.headers.get(b"content-length", b"0") == b"0":
        return
    media_type(call.headers, route.media_types)
    body = await read_body(call.receive, call.headers, route.body_limit_bytes)
    assert decoder is not None
    call.body = decoder.decode(body)


def answer(result: Result) -> ASGIApp:
    """The result on the wire."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in result.headers.items()
    ]
    headers.append((b"content-type", result.media_type.encode("latin-1")))
    if result.position is not None:
        headers.append((b"ledger-position", b"%d" % result.position))
    if result.stream is not None:
        return Streamed(result.status, headers, result.stream, result.closed)
    content = result.content
    body = content if isinstance(content, bytes) else _ENCODER.encode(content)
    headers.append((b"content-length", b"%d" % len(body)))
    return Whole(result.status, headers, body)
