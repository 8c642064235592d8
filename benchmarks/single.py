"""Single POST /trades over keep-alive connections: the rate, and the latency at a steady rate.

    python -m benchmarks.single --trades 20000 --runs 3 --connections 256

The closed loop keeps every connection busy and gives the rate. The open loop sends 500 requests a
second whatever the answers do, and counts from the instant at which each was due. Both are
acknowledged when durable, and afterwards every trade is counted where it is projected.
"""

import argparse
import os
from collections.abc import Coroutine
from typing import Any

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from adapters.cli.platform import Platform
from benchmarks import running as stage
from benchmarks.load import Load, closed_loop, open_loop, post
from benchmarks.stage import median

TARGET_PER_SECOND = 3_000
TARGET_P99_SECONDS = 0.050
PATH = "/api/v1/trades"
WARM_UP = 2_000


def requests_of(platform: Platform, count: int, accounts: int, seed: int) -> list[bytes]:
    host, token = f"localhost:{platform.settings.http_port}", stage.token(platform)
    return [
        post(PATH, host, token, msgspec.json.encode(trade))
        for trade in stage.trades(count, accounts, seed=seed)
    ]


def measure(
    platform: Platform, console: Console, count: int, way: Coroutine[Any, Any, Load]
) -> Load:
    """Run a load, and see that every trade of it settled and is in the read models."""
    before, used = stage.settled_trades(platform), stage.cpu_seconds(platform)
    load = uvloop.run(way)
    assert set(load.statuses) == {202}, (load.statuses, load.failures)
    stage.wait_until_drained(platform, stage.last_instruction(platform))
    console.print(f"{count / load.seconds:,.0f} answers/s")
    console.print(stage.cpu_line(used, stage.cpu_seconds(platform), count))
    settled = stage.settled_trades(platform) - before
    assert settled == count, f"{settled} of {count} trades settled"
    return load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=20_000, help="of each closed-loop run")
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--rate", type=int, default=500, help="a second, of the open loop")
    parser.add_argument("--seconds", type=int, default=20, help="of each open-loop run")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    console = Console(width=None if os.isatty(1) else 110)
    table = Table(title=f"Single POST /trades; medians of {options.runs} runs, maximum of all")
    for column in ("load", "answers/s", "p50 ms", "p99 ms", "max ms"):
        table.add_column(column, justify="right" if table.columns else "left")
    closed, opened = [], []
    with stage.platform(options.accounts) as platform:
        port, connections = platform.settings.http_port, options.connections
        warm_up = requests_of(platform, WARM_UP, options.accounts, seed=-1)
        measure(
            platform,
            console,
            WARM_UP,
            closed_loop("127.0.0.1", port, warm_up, connections=connections),
        )
        for seed in range(options.runs):
            requests = requests_of(platform, options.trades, options.accounts, seed)
            way = closed_loop("127.0.0.1", port, requests, connections=connections)
            closed.append(measure(platform, console, len(requests), way))
            requests = requests_of(
                platform, options.rate * options.seconds, options.accounts, 1_000 + seed
            )
            way = open_loop("127.0.0.1", port, requests, rate=options.rate, connections=connections)
            opened.append(measure(platform, console, len(requests), way))
    for name, loads in (
        (f"closed loop, {options.connections} connections", closed),
        (f"open loop, {options.rate}/s", opened),
    ):
        table.add_row(
            name,
            f"{median([len(load.latencies) / load.seconds for load in loads]):,.0f}",
            *(
                f"{median([load.percentile(per_mille) for load in loads]) * 1000:.1f}"
                for per_mille in (500, 990)
            ),
            f"{max(max(load.latencies) for load in loads) * 1000:.1f}",
        )
    console.print(table)
    rate = median([len(load.latencies) / load.seconds for load in closed])
    p99 = median([load.percentile(990) for load in opened])
    console.print(
        f"target {TARGET_PER_SECOND:,}/s: {_judge(is_reached=rate >= TARGET_PER_SECOND)};"
        f" target p99 < 50 ms: {_judge(is_reached=p99 < TARGET_P99_SECONDS)}"
    )


def _judge(*, is_reached: bool) -> str:
    return "reached" if is_reached else "NOT reached"


if __name__ == "__main__":
    main()
