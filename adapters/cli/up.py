"""`clearing up`: the whole platform in the foreground."""

import os
import signal
import threading
from types import FrameType

import click
import msgspec

from adapters.settings import Settings, load_settings

# A terminal that closes stops the platform as Ctrl-C does.
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command
@click.option(
    "--with",
    "servers",
    metavar="SERVERS",
    default="",
    help="Run these too, separated by commas: kafka, keycloak. Needs Java 17 or newer and, the"
    " first time, Maven.",
)
def command(*, servers: str) -> None:
    """Run the whole platform in the foreground, with development data if the ledger is empty.

    Starts PostgreSQL and Valkey (unless the settings name servers), brings the tables up to date,
    starts the token issuer, the clearing worker, the projections and the HTTP interface, and
    restarts what dies. Ctrl-C stops everything in order and loses nothing; data stay in .clearing/
    and are there again at the next start.

    With keycloak, a real Keycloak takes the place of the token issuer, on its port; with kafka, a
    real Apache Kafka runs beside.
    """
    from rich.console import Console

    from adapters.cli.platform import Platform
    from adapters.cli.welcome import print_welcome
    from adapters.observability.logging import configure_logging

    settings = load_settings(os.environ)
    console = Console(stderr=True)
    for_people = msgspec.structs.replace(settings, log_format="console")
    configure_logging(for_people if console.is_terminal else settings, process="up")
    stop = _stop_on_signals()
    with console.status("starting") as status:
        platform = Platform(
            settings,
            with_servers=[name for name in servers.split(",") if name],
            prepare=_seed_if_empty,
            progress=status.update,
        )
        try:
            platform.start()
        except KeyboardInterrupt:
            raise click.Abort from None
    try:
        stop.armed = True
        if not stop.requested.is_set():
            print_welcome(platform)
        stop.requested.wait()
    finally:
        with console.status("stopping") as status:
            platform.stop()
    console.print(f"Stopped; the data are in {platform.settings.data_directory}.")


class _Stop:
    """Turns signals into a request to stop; while the platform starts, into an interruption."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.armed = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        is_first = not self.requested.is_set()
        self.requested.set()
        # Only the first one: a second Ctrl-C must not interrupt the orderly stop.
        if is_first and not self.armed:
            raise KeyboardInterrupt


def _stop_on_signals() -> _Stop:
    stop = _Stop()
    for number in _STOP_SIGNALS:
        signal.signal(number, stop)
    return stop


def _seed_if_empty(settings: Settings) -> None:
    import psycopg

    from adapters.cli.seed import seed_development
    from adapters.ledger.reader import LogReader

    # Stands there while data are being loaded: after an interruption the next start goes on.
    begun = settings.data_directory / "seeding"
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        is_empty = LogReader(connection, settings.segment).head() == 0
    if is_empty or begun.exists():
        begun.touch()
        seed_development(settings)
        begun.unlink()
