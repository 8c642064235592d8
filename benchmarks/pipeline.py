"""The whole pipeline over HTTP: POST /trades/batch, authenticated, to the last row of the last
read model, beside a bare COPY of the log rows of the same run.

    python -m benchmarks.pipeline --trades 60000 --runs 3

Counted where it is projected: a run ends when every read model has reached the end of the log, and
the trades that the read model then shows as settled are counted. The accept rate is what the
interface acknowledged (durably), until the last answer; the drain rate is the whole way.
"""

import argparse
import os
import time

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from adapters.cli.platform import Platform
from benchmarks import running as stage
from benchmarks.load import Answer, closed_loop, post
from benchmarks.stage import median
from benchmarks.write_path import bare_copy

TARGET_TRADES_PER_SECOND = 6_308
ROWS_A_COMMIT = 10_000
PATH = "/api/v1/trades/batch"


class Run(msgspec.Struct, frozen=True):
    """Trades a second: acknowledged, all the way, and the log's rows by bare COPY."""

    accepted: float
    drained: float
    bare_copy: float
    cpu: str


def one_run(platform: Platform, bodies: list[bytes], trades: int, connections: int) -> Run:
    settings = platform.settings
    host = f"localhost:{settings.http_port}"
    requests = [post(PATH, host, stage.token(platform), body) for body in bodies]
    last_accepted = 0

    def collect(answer: Answer) -> None:
        nonlocal last_accepted
        receipt = msgspec.json.decode(answer.body)
        last_accepted = max(last_accepted, receipt.get("ledgerPosition") or 0)

    before, settled_before = stage.log_head(platform), stage.settled_trades(platform)
    used = stage.cpu_seconds(platform)
    begun = time.perf_counter()
    load = uvloop.run(
        closed_loop(
            "127.0.0.1", settings.http_port, requests, connections=connections, collect=collect
        )
    )
    assert set(load.statuses) == {202}, (load.statuses, load.failures)
    seconds = stage.wait_until_drained(platform, last_accepted) - begun
    cpu = stage.cpu_line(used, stage.cpu_seconds(platform), trades)
    settled = stage.settled_trades(platform) - settled_before
    assert settled == trades, f"{settled} of {trades} trades settled"
    head = stage.log_head(platform)
    ceiling = bare_copy(settings.database_owner_url, before + 1, head, ROWS_A_COMMIT)
    return Run(trades / load.seconds, trades / seconds, trades / ceiling, cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=60_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=1_000, help="trades in one request")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    console = Console(width=None if os.isatty(1) else 110)
    runs = []
    with stage.platform(options.accounts) as platform:
        for number in range(options.runs):
            elements = stage.trades(options.trades, options.accounts, seed=number)
            bodies = stage.batches(elements, options.batch)
            run = one_run(platform, bodies, options.trades, options.connections)
            runs.append(run)
            console.print(
                f"run {number + 1}: {run.accepted:,.0f} accepted/s, {run.drained:,.0f} drained/s,"
                f" {run.bare_copy:,.0f} bare COPY"
            )
            console.print(run.cpu)
    drained = median([run.drained for run in runs])
    table = Table(
        title=f"POST /trades/batch to the read models, {options.trades:,} trades in requests of"
        f" {options.batch:,}, {options.accounts:,} accounts; median of {options.runs} runs"
    )
    for column in ("accepted/s", "drained/s", "bare COPY of the log/s", "drained / bare COPY"):
        table.add_column(column, justify="right")
    table.add_row(
        f"{median([run.accepted for run in runs]):,.0f}",
        f"{drained:,.0f}",
        f"{median([run.bare_copy for run in runs]):,.0f}",
        f"{median([run.drained / run.bare_copy for run in runs]):.2f}",
    )
    console.print(table)
    reached = "reached" if drained >= TARGET_TRADES_PER_SECOND else "NOT reached"
    console.print(f"target {TARGET_TRADES_PER_SECOND:,} trades/s drained: {reached}")


if __name__ == "__main__":
    main()
