"""The write path, from intake to settled and durable, beside a bare COPY of the same rows.

    python -m benchmarks.write_path --trades 60000 --runs 3

Counted where it is stored: a run ends when the last trade's events are committed. The ceiling is a
COPY of exactly the rows that the run stored, into a table with the same indexes and constraints, on
one connection, in transactions of as many rows as the run's own pages have.
"""

import argparse
import asyncio
import multiprocessing
import signal
import time
from typing import Any

import psycopg
from psycopg.sql import SQL
from rich.console import Console
from rich.table import Table

from adapters.ledger.intake import GroupCommitIntake
from adapters.ledger.rows import COPY_COLUMNS
from adapters.observability.collector import tune_garbage_collector
from adapters.worker.worker import ClearingWorker, WorkerOptions
from benchmarks import stage
from commands.ports import Submission

REQUEST = 1_000
REQUESTS_IN_FLIGHT = 8
ROWS_A_TRADE = 5


def run_worker(database_url: str, page_limit: int) -> None:
    worker = ClearingWorker(
        WorkerOptions(
            database_url=database_url,
            segment=stage.SEGMENT,
            holder="benchmark",
            lease_seconds=5,
            page_limit=page_limit,
            checkpoint_every=10**9,
            interval_seconds=0.005,
        )
    )
    tune_garbage_collector()
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


async def submit_all(intake: GroupCommitIntake, submissions: list[Submission]) -> None:
    """As the API does: requests of a thousand, a few at a time."""
    gate = asyncio.Semaphore(REQUESTS_IN_FLIGHT)

    async def one(start: int) -> None:
        async with gate:
            await intake.submit(submissions[start : start + REQUEST])

    await asyncio.gather(*(one(start) for start in range(0, len(submissions), REQUEST)))


def wait_for(connection: psycopg.Connection[Any], settled: int) -> None:
    """Until the log holds `settled` events, all committed."""
    while True:
        row = connection.execute("SELECT max(notification_id) FROM clearing_us.ledger_events")
        found = row.fetchone()
        if found is not None and (found[0] or 0) >= settled:
            return
        time.sleep(0.005)


def head(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute(
        "SELECT coalesce(max(notification_id), 0) FROM clearing_us.ledger_events"
    ).fetchone()
    assert found is not None
    return int(found[0])


def bare_copy(owner_url: str, first: int, last: int, rows_a_commit: int) -> float:
    """Seconds for the stored rows `first`..`last`, copied again into an equal table."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SET search_path TO clearing_us")
        connection.execute("DROP TABLE IF EXISTS bare")
        connection.execute("CREATE TABLE bare (LIKE ledger_events INCLUDING ALL)")
        pages = []
        for start in range(first, last + 1, rows_a_commit):
            stop = min(last, start + rows_a_commit - 1)
            query = SQL(
                "COPY (SELECT {} FROM ledger_events WHERE notification_id BETWEEN {} AND {}"
                " ORDER BY notification_id) TO STDOUT (FORMAT BINARY)"
            ).format(SQL(COPY_COLUMNS), start, stop)
            with connection.cursor().copy(query) as copy:
                pages.append(b"".join(bytes(data) for data in copy))
        target = SQL("COPY bare ({}) FROM STDIN (FORMAT BINARY)").format(SQL(COPY_COLUMNS))
        begun = time.perf_counter()
        for page in pages:
            with connection.transaction(), connection.cursor().copy(target) as copy:
                for offset in range(0, len(page), 1 << 18):
                    copy.write(page[offset : offset + (1 << 18)])
        seconds = time.perf_counter() - begun
        found = connection.execute("SELECT count(*) FROM bare").fetchone()
        assert found == (last - first + 1,)
        connection.execute("DROP TABLE bare")
        return seconds


def one_run(
    owner_url: str, database_url: str, intake: GroupCommitIntake, submissions: list[Submission]
) -> tuple[float, float, float]:
    """Trades a second stored, the same for the bare COPY, and trades a second accepted."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        before = head(connection)
        begun = time.perf_counter()
        asyncio.run(submit_all(intake, submissions))
        accepted = time.perf_counter() - begun
        last = before + ROWS_A_TRADE * len(submissions)
        wait_for(connection, last)
        seconds = time.perf_counter() - begun
        assert head(connection) == last
        rejected = connection.execute(
            "SELECT count(*) FROM clearing_us.ledger_events WHERE topic = 'TradeRejected.v1'"
        ).fetchone()
        assert rejected == (0,), rejected
    ceiling = bare_copy(owner_url, before + 1, last, 10_000)
    count = len(submissions)
    return count / seconds, count / ceiling, count / accepted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=60_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--page", type=int, default=2_000)
    options = parser.parse_args()
    console = Console()
    tune_garbage_collector()
    results: dict[str, list[tuple[float, float, float]]] = {"random": [], "hottest": []}
    with stage.database() as (server, database_url):
        stage.load_reference_data(database_url, options.accounts)
        context = multiprocessing.get_context("spawn")
        worker = context.Process(target=run_worker, args=(database_url, options.page))
        worker.start()
        intake = GroupCommitIntake(
            database_url,
            segment=stage.SEGMENT,
            calendar=stage.CALENDAR,
            queue_limit=100_000,
            page_limit=options.page,
            interval_seconds=0.005,
        )
        intake.start()
        with psycopg.connect(database_url, autocommit=True) as connection:
            opening = stage.opening_transfers(options.accounts)
            before = head(connection)
            asyncio.run(submit_all(intake, opening))
            wait_for(connection, before + 4 * len(opening))
        for run in range(options.runs):
            for name, runs in results.items():
                submissions = stage.trades(
                    options.trades, options.accounts, seed=run, hottest=name == "hottest"
                )
                result = one_run(server.owner_url(), database_url, intake, submissions)
                runs.append(result)
                console.print(
                    f"{name} {run + 1}: {result[0]:,.0f} trades/s stored,"
                    f" {result[1]:,.0f} bare COPY, {result[2]:,.0f} accepted"
                )
        intake.close()
        worker.terminate()
        worker.join()
    table = Table(title=f"Write path, {options.trades:,} trades a run, medians")
    for column in ("case", "trades/s stored", "bare COPY", "ratio", "accepted/s"):
        table.add_column(column, justify="right")
    for name, runs in results.items():
        stored, bare, accepted = (stage.median(values) for values in zip(*runs, strict=True))
        ratio = stage.median([run[0] / run[1] for run in runs])
        table.add_row(name, f"{stored:,.0f}", f"{bare:,.0f}", f"{ratio:.2f}", f"{accepted:,.0f}")
    console.print(table)
    hot = stage.median([run[0] for run in results["hottest"]])
    console.print(f"hottest / random: {hot / stage.median([r[0] for r in results['random']]):.2f}")


if __name__ == "__main__":
    main()
