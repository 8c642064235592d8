"""Servers from Maven: fetched once for each user of the machine, then started without it."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog

from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.java import java_program, maven_program

POM_FILE = Path(__file__).resolve().parents[2] / "deploy" / "maven" / "pom.xml"

_OUTPUT_LINES = 20

_log = structlog.get_logger(__name__)


class Distribution(msgspec.Struct, frozen=True):
    """A server that the POM names in a profile.

    Attributes:
        name: the profile.
        goal: what makes Maven put the files into `target/dependency`.
        variant: what else the finished files depend on, beside the POM.
        finish: called with the folder of the files before anybody sees it.
        pom: the file with the profile.
    """

    name: str
    goal: str
    variant: str = ""
    finish: Callable[[Path], None] = lambda _: None
    pom: Path = POM_FILE

    def resolve(self) -> Path:
        """The folder of its files, fetched by Maven if they are not there yet.

        Any number of processes may ask at once: one fetches, the others wait. An interrupted one
        leaves a draft, and what Maven had fetched stays in Maven's own repository.

        Raises:
            EmbeddedServerError: Java or Maven is missing, or a download failed.
        """
        found = cache_directory() / f"{self.name}-{self._digest()}"
        if found.is_dir():
            return found
        # One lock for all of them: Maven's own repository is not made for two at once.
        with _locked(cache_directory() / "maven.lock"):
            if not found.is_dir():
                self._fetch(found)
        return found

    def _digest(self) -> str:
        return hashlib.sha256(self.pom.read_bytes() + self.variant.encode()).hexdigest()[:12]

    def _fetch(self, destination: Path) -> None:
        _log.info("server_fetched_by_maven", server=self.name, destination=str(destination))
        draft = destination.with_name(f"{self.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        # In a copy, so that nothing is written beside the original.
        shutil.copy(self.pom, draft / "pom.xml")
        java_program()
        arguments = ["--batch-mode", "--no-transfer-progress", "--strict-checksums"]
        command = [str(maven_program()), *arguments, "--activate-profiles", self.name, self.goal]
        run_program(command, draft, f"Maven could not fetch {self.name}")
        files = draft / "target" / "dependency"
        self.finish(files)
        files.rename(destination)
        shutil.rmtree(draft)


def cache_directory() -> Path:
    """The folder of what was fetched, made if missing."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(home) / "clearing-house"
    path.mkdir(parents=True, exist_ok=True)
    return path


def run_program(
    command: Sequence[str | Path],
    directory: Path,
    failure: str,
    environment: dict[str, str] | None = None,
) -> None:
    """Run a program to its end.

    Raises:
        EmbeddedServerError: it failed; the message is `failure` and the end of its output.
    """
    result = subprocess.run(
        command,
        check=False,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    if result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-_OUTPUT_LINES:])
        raise EmbeddedServerError(f"{failure}:\n{tail}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; the system releases it when we die."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
