"""`clearing project`: keep read models up to date."""

import os
import signal

import click

from adapters.settings import Settings


@click.command(name="project")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every read model, in this one process.")
def command(names: tuple[str, ...], *, everything: bool) -> None:
    """Follow the log into the read models NAMES.

    `trades` brings settlements and transfers with it, `positions` the postings; the others are
    `notifications` and `reference`. Ends with an error, and says at which ledger position, when an
    event cannot be read.
    """
    from adapters.cli.errors import CommandError
    from adapters.embedded.resolve import resolve_embedded
    from adapters.observability.collector import tune_garbage_collector
    from adapters.observability.health import HealthServer
    from adapters.observability.logging import configure_logging
    from adapters.projection.batch import ProjectionFailed
    from adapters.projection.feed import UnreadableLedger
    from adapters.projection.runner import ProjectionRunner
    from adapters.projection.writer import MissingRow
    from adapters.settings import load_settings

    chosen = _chosen(names, everything=everything)
    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="project")
    tune_garbage_collector()
    runner = ProjectionRunner(
        settings.database_url,
        segment=settings.segment,
        names=chosen,
        batch_limit=settings.projection_batch_limit,
        interval_seconds=settings.projection_interval_ms / 1_000,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    port = _port(settings, chosen)
    with HealthServer(settings.health_host, port, runner.ready.is_set):
        try:
            runner.run()
        except (UnreadableLedger, ProjectionFailed, MissingRow) as error:
            raise CommandError(f"the read models stop: {error}") from error


# What one process of the names in the platform's table of processes keeps.
_TOGETHER = {
    "trades": ("trades", "settlements", "transfers"),
    "positions": ("positions", "postings"),
}


def _chosen(names: tuple[str, ...], *, everything: bool) -> list[str]:
    from projections.catalogue import PROJECTIONS

    if everything == bool(names):
        raise click.UsageError("name read models, or say --all")
    if everything:
        return sorted(PROJECTIONS)
    unknown = sorted(set(names) - PROJECTIONS.keys())
    if unknown:
        raise click.UsageError(f"{', '.join(unknown)}: there are {', '.join(sorted(PROJECTIONS))}")
    return sorted({part for name in names for part in _TOGETHER.get(name, (name,))})


def _port(settings: Settings, chosen: list[str]) -> int:
    """Each process of its own has its own; one that runs several has that of the first of them."""
    if "trades" in chosen:
        return settings.projection_trades_port
    if "positions" in chosen:
        return settings.projection_positions_port
    if "notifications" in chosen:
        return settings.notification_port
    return settings.projection_reference_port
