"""The entry point: finds the sub-command, and says in one line what went wrong.

Sub-commands are imported when they run, so that `--help` and a mistyped name answer at once. Each
is a module of this package with a click command named `command`.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from adapters.cli.errors import CommandError
from adapters.settings import SettingsError

EXIT_FAILED = 1
EXIT_WRONG_SETTINGS = 2
# What a shell expects of a program that Ctrl-C ended.
EXIT_INTERRUPTED = 130

_SECTIONS = {
    "The whole platform": {
        "up": "Run everything in the foreground; Ctrl-C stops it, data stay.",
        "demo": "Clear a market's day from empty, verify it, and show what was measured.",
        "reset": "Remove the data of `up`, after asking.",
    },
    "One process a role": {
        "api": "Serve the HTTP interface.",
        "work": "Clear: validate and settle what the log holds, as the only writer of accounts.",
        "project": "Keep read models up to date from the log.",
        "relay": "Publish every event of the log to Kafka.",
        "issuer": "Issue tokens to the development users. For development only.",
    },
    "Keeping the ledger": {
        "migrate": "Bring the database's tables up to date.",
        "seed": "Load the development reference data.",
        "rebuild": "Build a read model anew beside the old one, then switch.",
        "lag": "Say how far each follower of the log has come.",
        "events": "Export the contract of what is published to Kafka.",
        "verify": "Check the ledger's invariants; exit code 1 when one does not hold.",
    },
}
_COMMANDS = {name: text for section in _SECTIONS.values() for name, text in section.items()}

# Faults outside the program, by name: their modules are there only if the command needed them.
_OUTSIDE_FAULTS = (
    ("adapters.embedded.errors", "EmbeddedServerError"),
    ("adapters.ledger.migrate", "MigrationError"),
    ("psycopg", "OperationalError"),
    ("psycopg_pool", "PoolTimeout"),
    ("redis.exceptions", "ConnectionError"),
    ("httpx", "ConnectError"),
)


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"adapters.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"adapters.cli.{cmd_name}.command is not a click command")
        command.name = cmd_name
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clearing-house", prog_name="clearing")
def cli() -> None:
    """Post-trade clearing and settlement on an event-sourced ledger.

    Settings are environment variables that begin with CLEARING_; without any, `clearing up` runs
    everything on this machine, with its data under .clearing/.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code of the process."""
    try:
        result = cli.main(list(arguments), prog_name="clearing", standalone_mode=False)
    except click.Abort:
        click.echo("Stopped.", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SettingsError as error:
        return _say(error, EXIT_WRONG_SETTINGS)
    except CommandError as error:
        return _say(error, EXIT_FAILED)
    except Exception as error:
        if _is_outside_fault(error):
            return _say(error, EXIT_FAILED)
        raise
    return result if isinstance(result, int) else 0


def main() -> None:
    """The program `clearing`."""
    sys.exit(run(sys.argv[1:]))


def _say(error: Exception, exit_code: int) -> int:
    click.secho(f"clearing: {error}", fg="red", err=True)
    return exit_code


def _is_outside_fault(error: Exception) -> bool:
    """Whether a service is missing: one line says it. A fault of ours keeps its traceback."""
    loaded = ((sys.modules.get(module), name) for module, name in _OUTSIDE_FAULTS)
    kinds = (getattr(module, name, None) for module, name in loaded if module is not None)
    return any(isinstance(kind, type) and isinstance(error, kind) for kind in kinds)


if __name__ == "__main__":
    main()
