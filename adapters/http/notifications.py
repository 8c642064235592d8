"""Notifications: participants' outcomes, in pages and as a stream of server-sent events."""

import time
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from adapters.http.call import Call, Result
from adapters.http.parameters import NotificationsQuery, StreamQuery
from adapters.http.problems import Problem, invalid_parameter
from adapters.http.reading import read_answer
from adapters.http.route import Answered, Route
from adapters.identity import Role
from queries.answer import Page, decode_cursor, encode_cursor
from queries.notifications_since import PROJECTIONS, NotificationView, notifications_since

ADDRESS: Final = "/api/v1/notifications"
_EVERYTHING: Final = (Role.AUDITOR,)
_ROLES: Final = frozenset({Role.PARTICIPANT, *_EVERYTHING})
_SEEN: Final = "A participant is told of its own accounts' outcomes; the auditor sees all."
STREAMS_MAXIMUM: Final = 500
STREAMS_OF_ONE_CALLER_MAXIMUM: Final = 10
_PAGE: Final = 500
_HEARTBEAT_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 1.0
_STREAM_SECONDS_MAXIMUM: Final = 900.0
"""A stream ends after so long, and the client comes back with a token that is still good."""


async def show_list(call: Call) -> Result:
    """`GET /notifications`."""
    query: NotificationsQuery = call.query
    after = decode_cursor(query.cursor, int)
    since = after[0] if after else query.since
    found = await read_answer(
        call,
        lambda connection: notifications_since(
            connection,
            participants=call.seen_participants(*_EVERYTHING),
            since=since,
            limit=query.limit,
        ),
    )
    items = found.content
    following = encode_cursor(items[-1].ledger_position) if len(items) >= query.limit else None
    return Result(content=Page(items, following), position=found.ledger_position)


async def stream(call: Call) -> Result:
    """`GET /notifications/stream`."""
    since = _last_event_id(call)
    streams = call.services.streams
    if not streams.enter(call.caller.subject):
        raise Problem(
            503,
            "TOO_MANY_STREAMS",
            "as many streams are open as this process serves",
            headers={"Retry-After": "5"},
        )
    return Result(
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        stream=_events(call, since),
        closed=lambda: streams.leave(call.caller.subject),
    )


def _last_event_id(call: Call) -> int:
    raw = call.headers.get(b"last-event-id")
    if raw is None:
        since: int = call.query.since
        return since
    if not raw.isdigit() or len(raw) > 18:
        raise invalid_parameter("Last-Event-ID", "not a ledger position")
    return int(raw)


async def _events(call: Call, since: int) -> AsyncIterator[bytes]:
    """Pages of notifications as they come, and a comment now and then to keep the way open."""
    services = call.services
    participants = call.seen_participants(*_EVERYTHING)
    ends = time.monotonic() + _STREAM_SECONDS_MAXIMUM
    spoken = time.monotonic()
    yield b"retry: 2000\n\n"
    while not services.closing.is_set() and time.monotonic() < ends:
        async with services.reads.connection() as connection:
            found = await notifications_since(
                connection, participants=participants, since=since, limit=_PAGE
            )
        if found.content:
            since = found.content[-1].ledger_position
            spoken = time.monotonic()
            yield b"".join(_event(each) for each in found.content)
        if len(found.content) >= _PAGE:
            continue
        await services.reads.wait_until(PROJECTIONS[:1], found.ledger_position + 1, _LOOK_SECONDS)
        if time.monotonic() - spoken > _HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield b": still here\n\n"


def _event(notification: NotificationView) -> bytes:
    data: Any = msgspec.json.encode(notification)
    position = notification.ledger_position
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        position,
        notification.outcome.lower().encode(),
        data,
    )


ROUTES: Final = (
    Route(
        method="GET",
        path=ADDRESS,
        tag="Notifications",
        summary="Outcomes after a ledger position, oldest first.",
        handle=show_list,
        roles=_ROLES,
        ownership=_SEEN,
        query=NotificationsQuery,
        reads=PROJECTIONS,
        answers={200: Answered("A page.", Page[NotificationView])},
    ),
    Route(
        method="GET",
        path=f"{ADDRESS}/stream",
        tag="Notifications",
        summary="The same as server-sent events; `Last-Event-ID` goes on where a stream ended.",
        handle=stream,
        roles=_ROLES,
        ownership=_SEEN,
        query=StreamQuery,
        answers={
            200: Answered(
                "Events `settled` and `rejected`, the ledger position as their id. Ends after 15 "
                "minutes: come back with a fresh token.",
                NotificationView,
                "text/event-stream",
            )
        },
        codes={503: ("TOO_MANY_STREAMS",)},
    ),
)
