"""A real Keycloak with the development realm under our data folder, on this machine only.

Its users' passwords are public: like the development issuer, it must never serve anything real.
"""

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import httpx
import msgspec

from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.java import java_program
from adapters.embedded.java_server import JAVA_OPTIONS, JavaServer, free_port
from adapters.embedded.maven import Distribution, run_program
from adapters.identity.realm import REALM_FILE

PORT_DEFAULT = 8180

# What Keycloak compiles in; a start that is to be quick takes it as it is.
_BUILD_OPTIONS = (
    "--db=dev-file",
    "--health-enabled=true",
    # Without it, it stays ready while its database is away.
    "--metrics-enabled=true",
)
# As bin/kc.sh has them, which cannot be told apart by a mark on its command line.
_PACKAGES_OPENED = ("java.util", "java.util.concurrent", "java.security")
_THREAD_FACTORY = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
# What an installation has and does not change when it runs.
_SHARED_FOLDERS = ("conf", "lib", "providers", "themes")
_ANSWER_SECONDS = 2.0


class Administrator(msgspec.Struct, frozen=True):
    """Who may change everything in Keycloak, in its realm `master`."""

    username: str
    password: str


class EmbeddedKeycloak(JavaServer):
    """Keycloak for one data folder, as a context manager; see `JavaServer`."""

    name: ClassVar[str] = "Keycloak"
    start_seconds_maximum: ClassVar[float] = 180.0

    def __init__(self, data_directory: Path, port: int = PORT_DEFAULT) -> None:
        super().__init__(data_directory)
        self.port = port

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://localhost:{self.port}"

    @property
    def address(self) -> str:
        """Where it answers, for people."""
        return f"{self.url}/admin (user and password: {self._administrator_file})"

    @property
    def issuer_url(self) -> str:
        """The `iss` of the tokens of the realm `clearing`."""
        return f"{self.url}/realms/clearing"

    @property
    def administrator(self) -> Administrator:
        """The administrator, whose password was made up at the first start."""
        return msgspec.json.decode(self._administrator_file.read_bytes(), type=Administrator)

    def adopt(self) -> bool:
        """Take over a server that runs in the folder, if there is one; start none.

        One on another port is stopped: the port stands in its tokens.
        """
        if not super().adopt():
            return False
        if self._process is not None and self._port_option not in self._process.cmdline():
            self.stop()
        return self._process is not None

    def _prepare(self) -> Sequence[str | Path]:
        home = _home(KEYCLOAK.resolve())
        self._link_to(home)
        realm_file = self.directory / "data" / "import" / REALM_FILE.name
        realm_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REALM_FILE, realm_file)
        if not self._administrator_file.exists():
            self._make_administrator()
        server_options = [
            "--optimized",
            # A realm that is there already is left as it is.
            "--import-realm",
            # It is alone.
            "--cache=local",
            f"--hostname={self.url}",
            "--http-enabled=true",
            "--http-host=127.0.0.1",
            self._port_option,
            f"--http-management-port={free_port()}",
        ]
        return [*_java_arguments(self.directory), "start", *server_options]

    def _environment(self) -> dict[str, str]:
        # Read when the realm `master` is made, and never again.
        return {
            "KC_BOOTSTRAP_ADMIN_USERNAME": self.administrator.username,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.administrator.password,
        }

    def _answers(self) -> bool:
        address = f"http://127.0.0.1:{self.port}/realms/clearing/.well-known/openid-configuration"
        try:
            with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
                return client.get(address).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _link_to(self, home: Path) -> None:
        """Make our folder look like an installation, with data of its own."""
        for name in _SHARED_FOLDERS:
            link = self.directory / name
            link.unlink(missing_ok=True)
            link.symlink_to(home / name)

    @property
    def _port_option(self) -> str:
        return f"--http-port={self.port}"

    @property
    def _administrator_file(self) -> Path:
        return self.directory / "administrator.json"

    def _make_administrator(self) -> None:
        made = Administrator(username="admin", password=secrets.token_urlsafe(24))
        draft = self._administrator_file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(made))
        draft.replace(self._administrator_file)


def _java_arguments(home: Path) -> list[str]:
    """What bin/kc.sh gives to Java."""
    return [
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _PACKAGES_OPENED),
        f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={_THREAD_FACTORY}",
        f"-Dkc.home.dir={home}",
        f"-Djboss.server.config.dir={home / 'conf'}",
        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
        "-Dpicocli.disable.closures=true",
        "-Dquarkus-log-max-startup-records=10000",
        "-cp",
        str(home / "lib" / "quarkus-run.jar"),
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
    ]


def _build(files: Path) -> None:
    """Compile the options in: half a minute, once, so that every start takes a third of that."""
    environment = os.environ | {"JAVA": str(java_program()), "JAVA_OPTS": " ".join(JAVA_OPTIONS)}
    command = ["bash", str(_home(files) / "bin" / "kc.sh"), "build", *_BUILD_OPTIONS]
    run_program(command, files, "Keycloak could not be built", environment)


def _home(files: Path) -> Path:
    for found in files.glob("keycloak-*/"):
        return found
    raise EmbeddedServerError(f"{files} holds no Keycloak")


KEYCLOAK = Distribution(
    name="keycloak",
    goal="dependency:unpack-dependencies",
    variant=" ".join(_BUILD_OPTIONS),
    finish=_build,
)
