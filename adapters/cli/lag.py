"""`clearing lag`: how far each follower of the log has come."""

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from psycopg import Connection
    from rich.table import Table


@click.command(name="lag")
@click.option("--watch", is_flag=True, help="Keep looking until Ctrl-C.")
@click.option(
    "--every", default=1.0, type=click.FloatRange(0.1, 3600), help="Seconds between two looks."
)
def command(*, watch: bool, every: float) -> None:
    """Show how far the clearing worker and the read models are behind the log.

    In positions, and by the age of the first event that one has not come to yet.
    """
    import time

    from rich.console import Console
    from rich.live import Live

    from adapters.embedded.resolve import resolve_embedded
    from adapters.projection.follower import connect_to_read_models
    from adapters.settings import load_settings

    settings = resolve_embedded(load_settings(os.environ))
    console = Console()
    with connect_to_read_models(
        settings.database_url, segment=settings.segment, application_name="clearing lag"
    ) as connection:
        if not watch:
            console.print(_table(connection))
            return
        with Live(_table(connection), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(every)
                live.update(_table(connection), refresh=True)


def _table(connection: "Connection[Any]") -> "Table":
    from rich.table import Table

    from queries.lag import lag_now

    found = lag_now(connection)
    table = Table(title=f"Followers of the log, which ends at position {found.ledger_position:,}")
    table.add_column("follower")
    for column in ("position", "behind", "seconds"):
        table.add_column(column, justify="right")
    for follower in found.content:
        style = "green" if follower.behind == 0 else "yellow"
        table.add_row(
            follower.name,
            f"{follower.ledger_position:,}",
            f"[{style}]{follower.behind:,}[/]",
            f"[{style}]{follower.behind_seconds:.1f}[/]",
        )
    return table
