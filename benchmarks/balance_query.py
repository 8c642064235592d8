"""One account's balances, and a page of its statement, when it has a million movements.

    python -m benchmarks.balance_query --movements 1000000

Each question is asked as the HTTP interface asks it, over one connection, many times.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date

import psycopg
from rich.console import Console
from rich.table import Table

from adapters.ledger.schema import schema_name
from adapters.projection.rebuild import Rebuild
from benchmarks import stage
from benchmarks.synthetic_log import build_log
from projections.catalogue import PROJECTIONS
from queries.account_movements import account_movements
from queries.list_trades import list_trades
from queries.positions import positions

Question = Callable[[], Awaitable[object]]
DAY = date(2026, 1, 5)


async def ask(url: str, account: str, times: int) -> dict[str, list[float]]:
    own = frozenset({"BROKER00"})
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, options=f"-c search_path={schema_name(stage.SEGMENT)}"
    ) as connection:
        questions: dict[str, Question] = {
            "one balance": lambda: positions(
                connection, participants=own, account_id=account, asset_id="USD"
            ),
            "all balances of the account": lambda: positions(
                connection, participants=own, account_id=account
            ),
            "first page of its statement, 100 movements": lambda: account_movements(
                connection, account, participants=own, asset_id="USD", from_date=DAY, to_date=DAY
            ),
            "its newest 100 trades": lambda: list_trades(
                connection, participants=own, account_id=account
            ),
        }
        return {said: await timed(question, times) for said, question in questions.items()}


async def timed(question: Question, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await question()
        taken.append((time.perf_counter() - begun) * 1e3)
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1_000)
    options = parser.parse_args()
    console = Console()
    account = stage.account_ids(1)[0]
    with stage.database() as (server, url):
        with console.status("writing the log and building the read models"):
            # The account sells in every trade: two movements each.
            trades = options.movements // 2
            build_log(url, trades=trades, accounts=1_000, hottest=True)
            Rebuild(server.owner_url(), segment=stage.SEGMENT, names=list(PROJECTIONS)).run()
        taken = asyncio.run(ask(url, account, options.times))
    table = Table(title=f"{account}, {options.movements:,} movements; milliseconds")
    for column in ("", "median", "p99", "max"):
        table.add_column(column, justify="left" if not column else "right")
    for said, times in taken.items():
        cells = (statistics.median(times), times[int(len(times) * 0.99)], times[-1])
        table.add_row(said, *(f"{cell:.2f}" for cell in cells))
    console.print(table)


if __name__ == "__main__":
    main()
