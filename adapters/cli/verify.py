"""`clearing verify`: prove that what must always hold, holds."""

import os
from typing import TYPE_CHECKING

import click

from adapters.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from queries.verify_invariants import Finding, Verification


@click.command(name="verify")
def command() -> None:
    """Check the ledger's invariants and what the read models made of it.

    Each check is a file of SQL that an auditor can read and run: queries/invariants. All of them
    see the same moment. The exit code is 0 when all hold, 1 when one is violated, and 2 when one
    could not be completed.
    """
    from adapters.embedded.resolve import resolve_embedded
    from adapters.observability.logging import configure_logging
    from adapters.settings import load_settings

    settings = resolve_embedded(load_settings(os.environ))
    configure_logging(settings, process="verify")
    raise SystemExit(verify_ledger(settings).exit_code)


def verify_ledger(settings: Settings, console: "Console | None" = None) -> "Verification":
    """Run every check, and print a table of what was found to the console."""
    from rich.console import Console

    from adapters.projection.follower import connect_to_read_models
    from queries.verify_invariants import Finding, verify_invariants

    console = console or Console()
    with (
        connect_to_read_models(
            settings.database_url, segment=settings.segment, application_name="clearing verify"
        ) as connection,
        console.status("verifying") as status,
    ):
        for found in verify_invariants(connection):
            if isinstance(found, Finding):
                status.update(f"verified {found.name}")
                continue
            console.print(_table(found))
            return found
    raise AssertionError("a verification ends with all its findings")


def _table(verification: "Verification") -> "Table":
    from rich.table import Table

    table = Table(
        title=f"Invariants, with the ledger up to position {verification.ledger_position:,}"
    )
    table.add_column("rule", no_wrap=True)
    table.add_column("what must hold")
    table.add_column("", no_wrap=True)
    for finding in verification.findings:
        style = {"HOLDS": "green", "VIOLATED": "bold red"}.get(finding.verdict.value, "yellow")
        shown = "holds" if finding.verdict.value == "HOLDS" else finding.verdict.value
        table.add_row(finding.rule, _said(finding), f"[{style}]{shown}[/]")
    return table


def _said(finding: "Finding") -> str:
    from rich.markup import escape

    lines = [finding.statement]
    if finding.reason:
        lines.append(f"[yellow]{escape(finding.reason.strip())}[/]")
    for violation in finding.violations:
        where = f"position {violation.ledger_position}: " if violation.ledger_position else ""
        lines.append(f"[red]{escape(where + violation.detail)}[/]")
    if finding.count > len(finding.violations):
        lines.append(f"[red]… {finding.count:,} in all[/]")
    return "\n".join(lines)
