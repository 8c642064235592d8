"""`clearing demo`: a market's day, from empty to verified."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import click
import msgspec

from adapters.cli.errors import CommandError
from adapters.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from adapters.cli.platform import Platform
    from adapters.demo.run_check import Findings
    from adapters.demo.run_day import Day
    from adapters.demo.story import MarketTrade

TRADES_DEFAULT: Final = 50_000
SEED_DEFAULT: Final = 2020
_TRADES_MINIMUM: Final = 1_000
_WIDTH_OFF_TERMINAL: Final = 110


@click.command
@click.option(
    "--trades", default=TRADES_DEFAULT, show_default=True, type=click.IntRange(_TRADES_MINIMUM)
)
@click.option("--seed", default=SEED_DEFAULT, show_default=True, help="Another one, another day.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the data in this new folder, to look at with `clearing up`.",
)
def command(*, trades: int, seed: int, keep: Path | None) -> int:
    """Clear a market's day from empty, verify it, and show what was measured.

    Real shares around their real prices of 2020-01-09, invented brokers, and trades with faults by
    design among the others. It runs on free ports and in a folder of its own, beside anything
    else. The exit code is 1 if anything does not add up.
    """
    from rich.console import Console

    from adapters.cli.platform import Platform
    from adapters.cli.ports import with_free_ports
    from adapters.demo.market import simulate_day
    from adapters.observability.logging import configure_logging

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OFF_TERMINAL)
    begun = time.monotonic()
    with _folder(keep) as folder, _interrupted_by_termination():
        settings = with_free_ports(Settings(data_directory=folder))
        # The processes keep their logs in the folder; here only what goes wrong is of interest.
        configure_logging(msgspec.structs.replace(settings, log_level="error"), process="demo")
        with console.status("simulating the market") as status:
            market = list(simulate_day(seed, trades))
            platform = Platform(settings, prepare=_opening(trades), progress=status.update)
            platform.start()
        try:
            adds_up = _trade(console, platform, market)
        finally:
            with console.status("stopping"), _undisturbed():
                platform.stop()
    console.print(f"From empty to verified and stopped in {time.monotonic() - begun:.0f} s.\n")
    _point_on(keep)
    return 0 if adds_up else 1


def _opening(trades: int) -> Callable[[Settings], None]:
    """What loads the market's opening, once the tables are there."""
    from adapters.cli.seed import seed
    from adapters.demo.brokers import opening_balances, reference_data
    from adapters.demo.market import DEFAULT_DAY
    from adapters.demo.seeding import Opening

    opening = Opening(
        reference=reference_data(),
        balances=opening_balances(trades),
        business_date=DEFAULT_DAY,
    )

    def prepare(settings: Settings) -> None:
        seed(settings, opening)

    return prepare


def _trade(console: "Console", platform: "Platform", market: "Sequence[MarketTrade]") -> bool:
    """Run the day and print what came of it; whether everything adds up."""
    from adapters.cli.verify import verify_ledger
    from adapters.demo.brokers import opening_balances
    from adapters.demo.run_check import check_day
    from adapters.demo.run_client import DemoFailed

    try:
        day = asyncio.run(_run_day(console, platform, market))
    except DemoFailed as failure:
        raise CommandError(str(failure)) from None
    with console.status("computing every position anew"):
        findings = check_day(market, opening_balances(len(market)), day)
    _print_results(console, market, day, findings)
    verification = verify_ledger(platform.settings, console)
    return findings.add_up and verification.holds


async def _run_day(
    console: "Console", platform: "Platform", market: "Sequence[MarketTrade]"
) -> "Day":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from adapters.demo.run_client import MarketClient
    from adapters.demo.run_day import Report, TradingDay

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console) as bars:
        submitted = bars.add_task("submitted, trades", total=len(market))
        decided = bars.add_task("cleared, log entries", total=None)
        projected = bars.add_task("in the read models, log entries", total=None)

        def progress(report: Report) -> None:
            followed = report.followed
            bars.update(submitted, completed=report.submitted)
            bars.update(decided, completed=followed.decided, total=followed.head)
            bars.update(projected, completed=followed.projected, total=followed.head)

        async with MarketClient(platform.api_url, platform.issuer_url) as client:
            return await TradingDay(client, market, progress).run()


def _print_results(
    console: "Console", market: "Sequence[MarketTrade]", day: "Day", findings: "Findings"
) -> None:
    from adapters.demo import run_tables

    console.print(run_tables.outcome_table(findings.outcomes))
    console.print(run_tables.holding_table(day.holdings))
    console.print(run_tables.price_table(findings.closing_prices))
    console.print(run_tables.rate_table(len(market), day))
    console.print(
        f"{len(market):,} trades submitted, {findings.recorded:,} recorded; each one's outcome and"
        f" all {findings.holdings_checked:,} positions computed anew and compared."
    )
    for complaint in run_tables.complaints(findings):
        console.print(f"[red]{complaint}[/]")


def _point_on(keep: Path | None) -> None:
    """Where to look next; unwrapped, to be copied."""
    click.echo("Where to look next:")
    click.echo("  make up                                 run it, and try it with curl")
    if keep is None:
        click.echo("  .venv/bin/clearing demo --keep FOLDER   the same, to look at afterwards")
    else:
        click.echo(f"  CLEARING_DATA_DIRECTORY={keep} .venv/bin/clearing up")
        click.echo("                                          look at this day")
    click.echo("  .venv/bin/clearing --help               every command")
    click.echo("  docs/operators-guide.md                 how it is run")
    click.echo("  README.md                               what it promises, and what shows it")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder for the data; one that is not to be kept is removed, whatever happens."""
    from adapters.cli.data_folder import DataFolder

    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise CommandError(f"{keep} is not empty: the day begins from nothing, name a new one")
        yield keep.absolute()
        return
    path = Path(tempfile.mkdtemp(prefix="clearing-demo-"))
    try:
        yield path
    finally:
        with _undisturbed():
            DataFolder(path).remove()


@contextmanager
def _interrupted_by_termination() -> Iterator[None]:
    """SIGTERM ends the demonstration as Ctrl-C does: in order, leaving nothing behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not interrupt the orderly end."""
    numbers = signal.SIGINT, signal.SIGTERM
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
