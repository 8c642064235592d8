"""`clearing api`: the HTTP interface."""

import os

import click


@click.command(name="api")
def command() -> None:
    """Serve the HTTP interface on CLEARING_HTTP_HOST and CLEARING_HTTP_PORT.

    Start as many as you like on different ports: they share the ledger and the rate limits. On
    SIGTERM it takes no more, answers what it has begun, and writes what it has taken.
    """
    import uvloop

    from adapters.embedded.resolve import resolve_embedded
    from adapters.http.serve import serve
    from adapters.observability.logging import configure_logging
    from adapters.settings import load_settings

    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="api")
    uvloop.run(serve(settings))
