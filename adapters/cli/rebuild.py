"""`clearing rebuild`: build read models anew beside the old ones."""

import os

import click


@click.command(name="rebuild")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every read model at once.")
def command(names: tuple[str, ...], *, everything: bool) -> None:
    """Build the read models NAMES anew from the log, then switch to them.

    The platform goes on meanwhile. A rebuild that is interrupted has changed nothing: run it again.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from adapters.cli.errors import CommandError
    from adapters.embedded.resolve import resolve_embedded
    from adapters.observability.logging import configure_logging
    from adapters.projection.batch import ProjectionFailed
    from adapters.projection.feed import UnreadableLedger
    from adapters.projection.rebuild import Rebuild, RebuildRefused
    from adapters.projection.writer import MissingRow
    from adapters.settings import load_settings, owner_url
    from projections.catalogue import PROJECTIONS

    if everything == bool(names):
        raise click.UsageError("name read models, or say --all")
    if unknown := sorted(set(names) - PROJECTIONS.keys()):
        raise click.UsageError(f"{', '.join(unknown)}: there are {', '.join(sorted(PROJECTIONS))}")
    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="rebuild")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("preparing", total=None)
        rebuild = Rebuild(
            owner_url(settings),
            segment=settings.segment,
            names=sorted(names or PROJECTIONS),
            progress=lambda what, position, head: bar.update(
                task, description=what, completed=position, total=head
            ),
        )
        try:
            position = rebuild.run()
        except (RebuildRefused, UnreadableLedger, ProjectionFailed, MissingRow) as error:
            raise CommandError(f"nothing was switched: {error}") from error
    click.echo(f"Rebuilt and switched at ledger position {position}.")
