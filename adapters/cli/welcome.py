"""What `clearing up` prints when everything runs: where it is, and how to try it."""

import click
from rich.console import Console
from rich.table import Table

from adapters.cli.platform import Platform

_QUICK_TEST = """\
TOKEN=$(curl -s -X POST {issuer}/protocol/openid-connect/token \\
  -H "Content-Type: application/x-www-form-urlencoded" \\
  -d "client_id=clearing-client" -d "client_secret=secret" -d "username=user" -d "password=password" \\
  -d "grant_type=password" | jq -r '.access_token')
curl -X POST {api}/api/v1/trades -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"instrumentId": "AAPL", "buyerAccountId": "ACC100", "sellerAccountId": "ACC200", "quantity": 100, "price": 150.00}}'
"""  # noqa: E501 - to be copied as it is

_FOLLOW_UP = """\
curl -s {api}/api/v1/trades/TRADE_ID -H "Authorization: Bearer $TOKEN" | jq
curl -s {api}/api/v1/accounts/ACC100/positions -H "Authorization: Bearer $TOKEN" | jq
curl -s {api}/api/v1/accounts/ACC200/positions -H "Authorization: Bearer $TOKEN" | jq
"""

_USERS = "user, broker100, broker200, risk, auditor, operator, operator2"


def print_welcome(platform: Platform) -> None:
    """Print it to standard output; the commands unwrapped and uncoloured, to be copied."""
    settings = platform.settings
    places = Table(title="The platform runs", title_justify="left", show_header=False, box=None)
    places.add_row("HTTP interface", f"{platform.api_url}/api/v1")
    places.add_row("its reference", f"{platform.api_url}/schema")
    places.add_row("tokens", platform.issuer_url)
    if "issuer" in platform.children or "keycloak" in platform.servers.names:
        places.add_row("", f"for development only; users {_USERS}; password: password")
    for name, address in platform.servers.addresses.items():
        places.add_row(name, address)
    places.add_row("data", str(settings.data_directory))
    places.add_row("logs", str(settings.data_directory / "logs"))
    running = ", ".join(
        f"{name} {pid}" for name, pid in (platform.servers.pids | platform.children).items()
    )
    places.add_row("processes", running)
    Console(soft_wrap=True).print(places)
    addresses = {"api": platform.api_url, "issuer": platform.issuer_url}
    click.echo("\nTry it in another terminal:\n")
    click.echo(_QUICK_TEST.format(**addresses))
    click.echo("and then, with the trade id of the answer:\n")
    click.echo(_FOLLOW_UP.format(**addresses))
    click.echo("Ctrl-C stops everything in order; the data stay.")
