"""`clearing migrate`: bring the database's schema up to date."""

import os

import click

from adapters.embedded.resolve import resolve_embedded
from adapters.ledger.migrate import migrate
from adapters.observability.logging import configure_logging
from adapters.settings import load_settings, owner_url


@click.command(name="migrate")
def command() -> None:
    """Apply the migrations that the segment's schema does not have yet.

    Plain SQL, forward only, each in one transaction; running it again changes nothing. `clearing
    up` does it at each start.
    """
    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="migrate")
    applied = migrate(owner_url(settings), segment=settings.segment)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("the schema is up to date")
