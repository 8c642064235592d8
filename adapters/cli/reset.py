"""`clearing reset`: remove the data folder."""

import os

import click


@click.command
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, yes: bool) -> None:
    """Remove the data of `clearing up`: the ledger, the read models, the issuer's key, the logs.

    Asks first. Refuses while the platform runs. A database that the settings name by URL is not
    touched.
    """
    from adapters.cli.data_folder import DataFolder
    from adapters.settings import load_settings

    path = load_settings(os.environ).data_directory
    if not path.exists():
        click.echo(f"There is nothing in {path}.")
        return
    folder = DataFolder(path)
    folder.hold()
    try:
        if not yes:
            click.confirm(f"Remove everything in {folder.path}?", abort=True)
        folder.remove()
    finally:
        folder.release()
    click.echo(f"Removed {folder.path}.")
