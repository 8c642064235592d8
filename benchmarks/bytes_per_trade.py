"""What a settled trade takes on the disk, itemised: the log, its indexes, and each read model.

    python -m benchmarks.bytes_per_trade --trades 100000

Measured twice: as the read models are after following the log batch by batch, and after a rebuild,
which leaves the pages of indexes full. Opening balances and reference data are subtracted.
"""

import argparse
from functools import partial

import psycopg
from rich.console import Console
from rich.table import Table

from adapters.projection.follower import Follower, connect_to_read_models
from adapters.projection.rebuild import Rebuild
from benchmarks import stage
from benchmarks.synthetic_log import LogBuilder
from projections.catalogue import PROJECTIONS

LIMIT = 4_000
_SIZES = """
    SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
    FROM pg_class c WHERE c.relnamespace = 'clearing_us'::regnamespace AND c.relkind = 'r'"""
Sizes = dict[str, tuple[int, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=5_000)
    options = parser.parse_args()
    console = Console()
    with stage.database() as (server, url):
        with console.status("writing and following the log"):
            builder = LogBuilder(url)
            builder.record(list(stage.reference_events(options.accounts)))
            builder.submit(stage.opening_transfers(options.accounts))
            follow(url, options.batch)
            before = sizes(url)
            for start in range(0, options.trades, 20_000):
                count = min(20_000, options.trades - start)
                builder.submit(stage.trades(count, options.accounts, seed=start + 1))
                follow(url, options.batch)
            builder.close()
            followed = sizes(url)
        with console.status("rebuilding"):
            Rebuild(server.owner_url(), segment=stage.SEGMENT, names=list(PROJECTIONS)).run()
            rebuilt = sizes(url)
    console.print(itemised(before, followed, rebuilt, options.trades))


def follow(url: str, batch: int) -> None:
    connect = partial(
        connect_to_read_models, url, segment=stage.SEGMENT, application_name="benchmark"
    )
    with Follower(
        connect, segment=stage.SEGMENT, projections=PROJECTIONS, batch_limit=batch
    ) as follower:
        while follower.step():
            pass


def sizes(url: str) -> Sizes:
    with psycopg.connect(url) as connection:
        return {
            name: (table, indexes) for name, table, indexes in connection.execute(_SIZES).fetchall()
        }


def itemised(before: Sizes, followed: Sizes, rebuilt: Sizes, trades: int) -> Table:
    table = Table(title=f"Bytes a trade, {trades:,} trades")
    for column in ("", "table", "indexes", "followed", "rebuilt"):
        table.add_column(column, justify="left" if not column else "right")
    items = {"ledger_events": "the log"} | {
        each.name: f"read model {projection.name}: {each.name}"
        for projection in PROJECTIONS.values()
        for each in projection.tables
    }
    totals = [0.0, 0.0]
    for name, said in items.items():
        rows, indexes = (
            (now - then) / trades for now, then in zip(followed[name], before[name], strict=True)
        )
        anew = (sum(rebuilt[name]) - sum(before[name])) / trades
        if rows + indexes < 1:
            continue
        totals[0] += rows + indexes
        totals[1] += anew
        cells = (f"{value:,.0f}" for value in (rows, indexes, rows + indexes, anew))
        table.add_row(said, *cells)
    table.add_section()
    table.add_row(f"in all (at most {LIMIT:,})", "", "", *(f"{total:,.0f}" for total in totals))
    return table


if __name__ == "__main__":
    main()
