"""`clearing api`: the HTTP interface."""

import gc
import os
import sys

import click

_SWITCH_SECONDS = 0.0005
_COLLECT_AFTER_OBJECTS = 50_000


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
    # The thread that appends must not keep the event loop from the interpreter's lock for the usual
    # 5 ms: each system call of a request would wait so long.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Requests leave few cycles behind; looking for them among all that was loaded costs more.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER_OBJECTS)
    uvloop.run(serve(settings))
