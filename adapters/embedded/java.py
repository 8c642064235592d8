"""The Java and the Maven of this machine: where they are, and what to do when they are not."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from adapters.embedded.errors import EmbeddedServerError

JAVA_VERSION_MINIMUM = 17
# What the dependency plugin asks for.
MAVEN_VERSION_MINIMUM = (3, 6, 3)

_HOW_TO_GET = {
    "Java": "Debian and Ubuntu: apt-get install openjdk-17-jdk-headless; macOS: brew install"
    " openjdk@21; others: https://adoptium.net. One that is elsewhere is found by JAVA_HOME",
    "Maven": "Debian and Ubuntu: apt-get install maven; macOS: brew install maven; others:"
    " https://maven.apache.org/install.html. It is needed once, to fetch the servers",
}
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_MAVEN_VERSION = re.compile(r"Apache Maven (\d+)\.(\d+)\.(\d+)")


class JavaMissing(EmbeddedServerError):
    """There is no Java or no Maven here that would do; the message says how to get one."""


def java_program() -> Path:
    """The Java to run servers with: that of JAVA_HOME, else the one on the path.

    Raises:
        JavaMissing: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if program is None:
        raise _missing("Java", f"{JAVA_VERSION_MINIMUM} or newer", "none was found")
    text = _output(program, "-version")
    found = _JAVA_VERSION.search(text)
    if found is None or int(found[1]) < JAVA_VERSION_MINIMUM:
        first_line = text.strip().partition("\n")[0]
        raise _missing("Java", f"{JAVA_VERSION_MINIMUM} or newer", f"{program} is {first_line}")
    return Path(program)


def maven_program() -> Path:
    """Maven.

    Raises:
        JavaMissing: there is none, or it is too old.
    """
    wanted = ".".join(str(number) for number in MAVEN_VERSION_MINIMUM) + " or newer"
    program = shutil.which("mvn")
    if program is None:
        raise _missing("Maven", wanted, "none was found")
    text = _output(program, "--batch-mode", "--version")
    found = _MAVEN_VERSION.search(text)
    if found is None or tuple(map(int, found.groups())) < MAVEN_VERSION_MINIMUM:
        first_line = text.strip().partition("\n")[0]
        raise _missing("Maven", wanted, f"{program} is {first_line}")
    return Path(program)


def _output(program: str, *arguments: str) -> str:
    # Java prints its version where others print their errors.
    result = subprocess.run(
        [program, *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return result.stdout


def _missing(what: str, wanted: str, found: str) -> JavaMissing:
    return JavaMissing(f"{what} {wanted} is needed, {found}. {_HOW_TO_GET[what]}.")
