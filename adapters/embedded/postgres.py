"""A real PostgreSQL server under our data folder, reached only through a private Unix socket."""

import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
import structlog
from psycopg import sql

from adapters.embedded import process
from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.postgres_configuration import (
    CONFIGURATION_FILE,
    INITDB_OPTIONS,
    configuration,
)
from adapters.embedded.programs import POSTGRES_VERSION, postgres_programs
from adapters.embedded.system_user import let_through, unprivileged_user

ADMINISTRATOR = "postgres"
OWNER = "clearing_owner"
APPLICATION = "clearing_app"
DATABASE = "clearing"

# Crash recovery replays up to max_wal_size; a slow disk takes its time.
_START_SECONDS_MAXIMUM = 180.0
# After kill -9 of the server its backends need a moment to notice and to let go of shared memory.
_LEFTOVER_SECONDS_MAXIMUM = 15.0

_log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """PostgreSQL for one data folder, as a context manager.

    A server that is still running after its starter was killed is taken over. Data survive.

    Attributes:
        directory: the database cluster.
        log_file: what the server says.
    """

    def __init__(self, data_directory: Path) -> None:
        self._base = data_directory.resolve()
        self.directory = self._base / "postgres"
        self.log_file = self._base / "postgres.log"
        self.socket_directory = process.runtime_directory(self._base)
        self._programs = postgres_programs()
        self._process: psutil.Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process, if it was started."""
        return self._process.pid if self._process else None

    def administrator_url(self, database: str = ADMINISTRATOR) -> str:
        """An address with every right, for making databases and roles."""
        return self._url(ADMINISTRATOR, database)

    def owner_url(self, database: str = DATABASE) -> str:
        """The address for migrations and rebuilds: the owner of the tables."""
        return self._url(OWNER, database)

    def application_url(self, database: str = DATABASE) -> str:
        """The address for the running platform: may only add to the log."""
        return self._url(APPLICATION, database)

    def start(self) -> None:
        """Start the server, or take over the one that runs, and wait until it answers.

        Raises:
            EmbeddedServerError: it cannot be started.
        """
        self._user = unprivileged_user()
        self._prepare()
        found = self._running_server()
        self._process = found or self._start_server()
        self._wait_until_it_answers(taken_over=found is not None)
        self._create_roles_and_database()

    def stop(self) -> None:
        """Shut down with a checkpoint, so that the next start needs no recovery."""
        if self._process is not None:
            # Fast, then immediate: the latter loses nothing either, the next start recovers.
            process.stop(self._process, [signal.SIGINT, signal.SIGQUIT], seconds_each=60.0)
            self._process = None
            process.remove_runtime_directory(self._base)

    def adopt(self) -> bool:
        """Take over a server that runs in the folder, if there is one; start none."""
        self._process = self._running_server()
        return self._process is not None

    def is_running(self) -> bool:
        """Whether the server's process is alive."""
        return process.is_running(self._process)

    def _prepare(self) -> None:
        self._base.mkdir(parents=True, exist_ok=True)
        if self._user:
            let_through(self.directory)
            let_through(self._programs / "postgres")
        process.private_directory(self.socket_directory, self._user)
        process.private_directory(self.directory, self._user)
        version_file = self.directory / "PG_VERSION"
        if not version_file.exists():
            self._initialise()
        elif version_file.read_text().strip() != str(POSTGRES_VERSION):
            raise EmbeddedServerError(
                f"{self.directory} was made by PostgreSQL {version_file.read_text().strip()},"
                f" this is PostgreSQL {POSTGRES_VERSION}"
            )
        self._write_configuration()

    def _initialise(self) -> None:
        command = [str(self._programs / "initdb"), *INITDB_OPTIONS]
        command += [f"--username={ADMINISTRATOR}", f"--pgdata={self.directory}"]
        result = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.directory,
            start_new_session=True,
            **(self._user.as_subprocess_arguments() if self._user else {}),
        )
        if result.returncode:
            raise EmbeddedServerError(
                f"initdb failed in {self.directory}:\n{result.stderr.strip()}"
            )

    def _write_configuration(self) -> None:
        included = f"include_if_exists '{CONFIGURATION_FILE}'\n"
        main_file = self.directory / "postgresql.conf"
        if included not in main_file.read_text():
            with main_file.open("a") as file:
                file.write(included)
        settings_file = self.directory / CONFIGURATION_FILE
        settings_file.write_text(configuration(self.socket_directory))
        settings_file.chmod(0o644)

    def _running_server(self) -> psutil.Process | None:
        pid_file = self.directory / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        found = process.find_process(pid, "postgres")
        if found is None:
            # PostgreSQL only looks whether *some* process has this pid, and would refuse to start.
            pid_file.unlink(missing_ok=True)
        else:
            _log.info("postgres_taken_over", pid=pid)
        return found

    def _start_server(self) -> psutil.Process:
        command = (self._programs / "postgres", "-D", self.directory)
        return process.spawn(
            command, directory=self.directory, log_file=self.log_file, user=self._user
        )

    def _wait_until_it_answers(self, *, taken_over: bool) -> None:
        begun = time.monotonic()
        while True:
            try:
                with psycopg.connect(self.administrator_url(), connect_timeout=5):
                    return
            except psycopg.OperationalError as error:
                waited = time.monotonic() - begun
                if waited > _START_SECONDS_MAXIMUM:
                    raise self._start_error("it does not answer") from error
            if not self.is_running():
                # One that was killed a moment ago still looked alive when it was taken over.
                if not taken_over and (
                    waited > _LEFTOVER_SECONDS_MAXIMUM or not self._has_leftover()
                ):
                    raise self._start_error("it stopped")
                taken_over = False
                time.sleep(0.3)
                self._process = self._running_server() or self._start_server()
            time.sleep(0.02)

    def _has_leftover(self) -> bool:
        return "is still in use" in process.log_tail(self.log_file)

    def _start_error(self, what: str) -> EmbeddedServerError:
        tail = process.log_tail(self.log_file)
        return EmbeddedServerError(
            f"PostgreSQL did not start: {what}. {self.log_file} ends:\n{tail}"
        )

    def _create_roles_and_database(self) -> None:
        with psycopg.connect(self.administrator_url(), autocommit=True) as connection:
            for role in (OWNER, APPLICATION):
                if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not self.has_database(DATABASE):
            self.create_database(DATABASE)

    def has_database(self, name: str) -> bool:
        """Whether the server has a database of this name."""
        with psycopg.connect(self.administrator_url(), autocommit=True) as connection:
            return _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database for the owner's role, a copy of `template` (which nobody may use)."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
        )
        with psycopg.connect(self.administrator_url(), autocommit=True) as connection:
            connection.execute(statement)

    def drop_database(self, name: str) -> None:
        """Remove a database, and whoever is connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.administrator_url(), autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, role: str, database: str) -> str:
        socket = quote(str(self.socket_directory), safe="")
        return f"postgresql://{role}@/{quote(database)}?host={socket}"


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None
