"""Probes: alive, ready, metrics. No token, nothing private."""

import asyncio
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from adapters.http.call import Call, Result
from adapters.http.problems import Problem
from adapters.http.route import Answered, Route
from commands.ports import LedgerUnavailable

_READY_SECONDS: Final = 2.0


class Health(msgspec.Struct, frozen=True):
    """One word."""

    status: str


async def healthz(_call: Call) -> Result:
    """`GET /healthz`: the process answers."""
    return Result(content=Health("alive"))


async def readyz(call: Call) -> Result:
    """`GET /readyz`: it serves, and its database answers."""
    if call.services.closing.is_set():
        raise Problem(503, "STOPPING", "this process is stopping", headers={"Retry-After": "1"})
    try:
        async with (
            asyncio.timeout(_READY_SECONDS),
            call.services.reads.connection() as connection,
        ):
            await connection.execute("SELECT 1")
    except TimeoutError as error:
        raise LedgerUnavailable(str(error)) from error
    return Result(content=Health("ready"))


async def metrics(_call: Call) -> Result:
    """`GET /metrics`: for Prometheus."""
    return Result(content=generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES: Final = (
    Route(
        method="GET",
        path="/healthz",
        tag="Probes",
        summary="Whether the process is alive.",
        handle=healthz,
        roles=None,
        answers={200: Answered("Alive.", Health)},
    ),
    Route(
        method="GET",
        path="/readyz",
        tag="Probes",
        summary="Whether the process serves and its database answers.",
        handle=readyz,
        roles=None,
        answers={200: Answered("Ready.", Health)},
        codes={503: ("LEDGER_UNAVAILABLE", "STOPPING")},
    ),
    Route(
        method="GET",
        path="/metrics",
        tag="Probes",
        summary="Metrics in Prometheus' text format.",
        handle=metrics,
        roles=None,
        answers={200: Answered("Metrics.", None, "text/plain")},
    ),
)
