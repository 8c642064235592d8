"""Chaos by the minute: kills submitters, workers, connections and the database server itself.

    make chaos
    make chaos MINUTES=30 SEED=7
    python -m tests.chaos --minutes 30 --seed 7

Runs on a database server of its own, in a temporary folder, which is kept when something does not
hold; the exit code is 1 then. The seed repeats the order of the kills, though never their exact
moments.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from rich.console import Console

from adapters.embedded import EmbeddedPostgres
from adapters.ledger.migrate import migrate
from tests.chaos.run import kill_now, run_chaos
from tests.conftest import SEGMENT, Database


def main() -> None:
    """Run, and print what was killed and what was found."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="clearing-chaos-"))
    console.print(f"{options.minutes:g} minutes of kills, seed {options.seed}, in {folder}")
    with EmbeddedPostgres(folder) as server:
        migrate(server.owner_url(), segment=SEGMENT)
        database = Database("clearing", SEGMENT, server.owner_url(), server.application_url())

        def crash_server() -> None:
            kill_now(server.pid)
            server.start()

        report = run_chaos(
            database,
            seed=options.seed,
            seconds=60 * options.minutes,
            folder=folder,
            crash_server=crash_server,
        )
    shutil.rmtree(folder, ignore_errors=True)
    for name, count in sorted(report.kills.items()):
        console.print(f"  killed {name}: {count} times")
    console.print(
        f"{report.acknowledged:,} trades acknowledged, all in the log once;"
        f" {report.ledger.settled:,} settled, {report.ledger.rejected:,} rejected,"
        f" {report.ledger.undecided} undecided; {report.ledger.events:,} positions without a gap;"
        " every asset adds up"
    )


if __name__ == "__main__":
    main()
