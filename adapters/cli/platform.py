"""The whole platform on this machine: servers and processes, started and stopped in order."""

import threading
import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

import msgspec
import structlog

from adapters.cli.child import Child
from adapters.cli.data_folder import DataFolder
from adapters.cli.errors import CommandError
from adapters.cli.ports import check_port_free
from adapters.cli.servers import EmbeddedServers, own_issuer_url
from adapters.ledger.migrate import migrate
from adapters.settings import Settings, owner_url

# In the order in which they start; they stop in the opposite one.
ROLES = ("issuer", "projections", "worker", "api")

_READY_SECONDS_MAXIMUM = 90.0
_DEATHS_WHILE_STARTING_MAXIMUM = 3
_WATCH_INTERVAL_SECONDS = 0.1

_log = structlog.get_logger(__name__)


class Platform:
    """Everything that `clearing up` runs, as a context manager.

    Args:
        settings: what has no address is embedded.
        roles: which of its processes to run.
        with_servers: which of `servers.JAVA_SERVERS` to run too.
        prepare: called with the full settings when the tables are there and no process runs yet.
        progress: told what is being done, in a few words.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        roles: Collection[str] = ROLES,
        with_servers: Collection[str] = (),
        prepare: Callable[[Settings], None] | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = msgspec.structs.replace(
            settings, data_directory=settings.data_directory.resolve()
        )
        self._roles = roles
        self._prepare = prepare
        self._progress = progress
        self._folder = DataFolder(settings.data_directory)
        self.servers = EmbeddedServers(self.settings, with_servers, progress)
        self._processes: list[Child] = []
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

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
    def api_url(self) -> str:
        """Where the HTTP interface answers."""
        return f"http://localhost:{self.settings.http_port}"

    @property
    def issuer_url(self) -> str:
        """The issuer, as it stands in tokens."""
        return self.settings.issuer_url

    @property
    def children(self) -> dict[str, int]:
        """The processes that run now, by the name of their role."""
        return {child.name: child.pid for child in self._processes if child.pid is not None}

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            CommandError: it cannot run here; the message says why.
            EmbeddedServerError: a server cannot be started.
        """
        self._folder.hold()
        try:
            self.servers.adopt()
            self._check_ports()
            self.settings = self.servers.start()
            self._progress("bringing the tables up to date")
            migrate(owner_url(self.settings), segment=self.settings.segment)
            if self._prepare is not None:
                self._progress("preparing data")
                self._prepare(self.settings)
            self._start_processes()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything: whoever takes in work first, the database last."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in reversed(self._processes):
            self._progress(f"stopping {child.name}")
            child.stop()
        self.servers.stop()
        self._processes = []
        self._folder.release()

    def wait_until_ready(self) -> None:
        """Wait until every process says that it can do its work.

        Raises:
            CommandError: one does not get there.
        """
        deadline = time.monotonic() + _READY_SECONDS_MAXIMUM
        waiting = list(self._processes)
        while waiting:
            self._progress(f"waiting for {', '.join(child.name for child in waiting)}")
            waiting = [child for child in waiting if not child.is_ready()]
            for child in waiting:
                is_late = time.monotonic() > deadline
                if is_late or child.deaths >= _DEATHS_WHILE_STARTING_MAXIMUM:
                    raise CommandError(
                        f"{child.name} does not get ready. {child.log_file} ends:\n"
                        f"{child.last_words()}"
                    )
            time.sleep(0.05 if waiting else 0)

    def _check_ports(self) -> None:
        settings = self.settings
        check_port_free(settings.http_host, settings.http_port, "HTTP_PORT")
        for purpose in ("WORKER_PORT", "PROJECTION_TRADES_PORT"):
            check_port_free(settings.health_host, getattr(settings, purpose.lower()), purpose)
        if self._runs_issuer() or self._runs_new_keycloak():
            check_port_free("127.0.0.1", settings.issuer_port, "ISSUER_PORT")

    def _runs_issuer(self) -> bool:
        """Ours, unless the settings name another one or Keycloak runs in its place."""
        is_ours = self.settings.issuer_url == own_issuer_url(self.settings)
        return is_ours and "keycloak" not in self.servers.names

    def _runs_new_keycloak(self) -> bool:
        return "keycloak" in self.servers.names and "keycloak" not in self.servers.pids

    def _start_processes(self) -> None:
        settings = self.settings
        health = f"http://{_reachable(settings.health_host)}"
        planned = [
            ("issuer", ["issuer"], f"http://127.0.0.1:{settings.issuer_port}"),
            ("projections", ["project", "--all"], f"{health}:{settings.projection_trades_port}"),
            ("worker", ["work"], f"{health}:{settings.worker_port}"),
            ("api", ["api"], f"http://{_reachable(settings.http_host)}:{settings.http_port}"),
        ]
        for name, arguments, url in planned:
            if name not in self._roles or (name == "issuer" and not self._runs_issuer()):
                continue
            child = Child(name, arguments, settings, f"{url}/readyz")
            self._processes.append(child)
            child.start()
        self._folder.record_processes(self.children)
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_INTERVAL_SECONDS):
            self.servers.watch()
            restarted = [child.name for child in self._processes if child.watch()]
            if restarted:
                self._folder.record_processes(self.children)


def _reachable(host: str) -> str:
    """Where to reach ourselves when we listen on every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
