"""`clearing issuer`: the development issuer."""

import os

import click


@click.command
def command() -> None:
    """Issue tokens to the development users: Keycloak's endpoints, without Keycloak.

    Reads the users and clients of deploy/keycloak/clearing-realm.json, whose passwords are public.
    For development only: it refuses to start when CLEARING_ENVIRONMENT is production.
    """
    import uvicorn

    from adapters.identity.issuer import create_issuer
    from adapters.observability.logging import configure_logging
    from adapters.settings import load_settings

    settings = load_settings(os.environ)
    configure_logging(settings, process="issuer")
    uvicorn.run(
        create_issuer(settings),
        host="127.0.0.1",
        port=settings.issuer_port,
        log_config=None,
        access_log=False,
        # The supervisor stops us last of the processes; an idle connection must not hold it up.
        timeout_graceful_shutdown=2,
    )
