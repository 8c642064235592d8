"""The command line says what there is, and in one line what went wrong."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from adapters.cli.main import cli


def clearing(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environ,
    )


def test_help_lists_the_commands_without_importing_them() -> None:
    program = (
        "import sys; from adapters.cli.main import run; code = run(['--help']);"
        "assert code == 0; assert not {'litestar', 'psycopg', 'redis'} & sys.modules.keys()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    for name in ("up", "api", "work", "project", "migrate", "rebuild", "verify", "seed", "demo"):
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize("name", sorted(cli.list_commands(None)))  # type: ignore[arg-type]
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"Usage: cli {name}" in result.output


def test_a_wrong_setting_is_one_line_and_exit_code_2() -> None:
    result = clearing("issuer", CLEARING_HTTP_PORT="eighty")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "CLEARING_HTTP_PORT" in line


def test_a_missing_server_is_one_line_and_exit_code_1(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    result = clearing("work", CLEARING_DATA_DIRECTORY=str(folder))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "clearing up" in result.stderr


def test_an_unknown_command_is_exit_code_2() -> None:
    result = clearing("upp")
    assert result.returncode == 2
    assert "upp" in result.stderr


def test_the_issuer_refuses_to_start_in_production() -> None:
    result = clearing("issuer", CLEARING_ENVIRONMENT="production")
    assert result.returncode == 2
    assert "CLEARING_ENVIRONMENT" in result.stderr
