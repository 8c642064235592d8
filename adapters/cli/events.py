"""`clearing events`: the contract of what is published."""

import json
from pathlib import Path
from typing import Any

import click

from adapters.cli.errors import CommandError


@click.group(name="events")
def command() -> None:
    """The contract of the events that are published to Kafka."""


@command.command(name="export")
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/events")
)
def export(directory: Path) -> None:
    """Write the AsyncAPI document and the JSON Schemas to DIRECTORY (docs/events).

    Refuses, and changes nothing, when a reader of the contract that is there already would break.
    """
    from projections.public_events.compatibility import breaking_changes
    from projections.public_events.document import asyncapi_document, json_schemas

    schemas = json_schemas()
    breaks = breaking_changes(read_schemas(directory), schemas)
    if breaks:
        raise CommandError(f"a new version beside the old is needed: {'; '.join(breaks)}")
    (directory / "schemas").mkdir(parents=True, exist_ok=True)
    _write(directory / "asyncapi.json", asyncapi_document())
    for name, schema in schemas.items():
        _write(directory / "schemas" / f"{name}.json", schema)
    click.echo(f"{len(schemas)} events in {directory}")


def read_schemas(directory: Path) -> dict[str, Any]:
    """The schemas that were exported to a directory, by type."""
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((directory / "schemas").glob("*.json"))
    }


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
