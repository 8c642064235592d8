"""How fast all read models are built anew from the log, in events (ledger positions) a second.

    python -m benchmarks.rebuild --trades 100000 --runs 3

Each run builds every read model beside the live ones, with its indexes and statistics, and
switches: counted is the whole of it. A trade is five events. The CPU time is this process's own.
"""

import argparse
import statistics
import time

from rich.console import Console
from rich.table import Table

from adapters.projection.rebuild import Rebuild
from benchmarks import stage
from benchmarks.synthetic_log import build_log
from projections.catalogue import PROJECTIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    console = Console()
    table = Table(title=f"Rebuild of all read models, {options.trades:,} trades")
    for column in ("run", "events", "seconds", "events/s", "CPU of Python, µs an event"):
        table.add_column(column, justify="right")
    rates = []
    with stage.database() as (server, url):
        with console.status("writing the log"):
            events = build_log(url, trades=options.trades, accounts=options.accounts)
        for run in range(1, options.runs + 1):
            with console.status(f"run {run}"):
                seconds, cpu = rebuild_all(server.owner_url())
            rates.append(events / seconds)
            table.add_row(
                str(run),
                f"{events:,}",
                f"{seconds:.2f}",
                f"{rates[-1]:,.0f}",
                f"{cpu / events * 1e6:.1f}",
            )
    table.add_section()
    table.add_row("median", "", "", f"{statistics.median(rates):,.0f}", "")
    console.print(table)


def rebuild_all(owner_url: str) -> tuple[float, float]:
    begun, cpu = time.perf_counter(), time.process_time()
    Rebuild(owner_url, segment=stage.SEGMENT, names=list(PROJECTIONS)).run()
    return time.perf_counter() - begun, time.process_time() - cpu


if __name__ == "__main__":
    main()
