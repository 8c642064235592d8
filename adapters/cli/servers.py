"""The servers that the supervisor runs: those without an address, and those asked for."""

import time
from collections.abc import Callable, Collection

import msgspec
import structlog

from adapters.cli.errors import CommandError
from adapters.embedded import EmbeddedPostgres, EmbeddedServerError, EmbeddedValkey
from adapters.embedded.java_server import JavaServer, stop_java_servers
from adapters.embedded.resolve import with_postgres, with_valkey
from adapters.settings import Settings, SettingsError

# What `--with` may name, in the order in which they start.
JAVA_SERVERS = ("kafka", "keycloak")

# A full disk, for one, does not pass at once.
_PAUSE_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class EmbeddedServers:
    """The embedded servers of one data folder.

    Args:
        settings: what has no address is embedded.
        with_servers: which of `JAVA_SERVERS` to run too.
        progress: told what is being done, in a few words.
    """

    def __init__(
        self, settings: Settings, with_servers: Collection[str], progress: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.names = frozenset(with_servers)
        self._progress = progress
        self._java: dict[str, JavaServer] = {}
        self._others: list[EmbeddedPostgres | EmbeddedValkey] = []
        self._next_attempt = 0.0

    @property
    def addresses(self) -> dict[str, str]:
        """Where the Java servers answer, and who administers them, for people."""
        return {server.name: server.address for server in self._java.values()}

    @property
    def pids(self) -> dict[str, int]:
        """The Java servers that run now, by their names."""
        return {name: server.pid for name, server in self._java.items() if server.pid is not None}

    def adopt(self) -> None:
        """Take over Java servers that a killed supervisor left running; stop those not wanted.

        Raises:
            CommandError: one of that name is not known, or the settings name another server.
        """
        _check(self.settings, self.names)
        stop_java_servers(self.settings.data_directory, but=self.names)
        for name in JAVA_SERVERS:
            if name in self.names:
                self._java[name] = _java_server(name, self.settings)
                self._java[name].adopt()

    def start(self) -> Settings:
        """Start all, and wait until they answer; the settings with their addresses.

        Raises:
            EmbeddedServerError: one cannot be started.
        """
        # They take long and need nobody: they start while the others do.
        for server in self._java.values():
            self._progress(f"starting {server.name}; the first time fetches it")
            server.begin()
        if not self.settings.database_url:
            self._progress("starting PostgreSQL")
            postgres = EmbeddedPostgres(self.settings.data_directory)
            self._others.append(postgres)
            postgres.start()
            self.settings = with_postgres(self.settings, postgres)
        if not self.settings.redis_url:
            self._progress("starting Valkey")
            valkey = EmbeddedValkey(self.settings.data_directory)
            self._others.append(valkey)
            valkey.start()
            self.settings = with_valkey(self.settings, valkey)
        for name, server in self._java.items():
            self._progress(f"waiting for {server.name}")
            server.start()
            self.settings = _with_address(name, server, self.settings)
        return self.settings

    def stop(self) -> None:
        """Stop all, the database last."""
        for server in reversed(self._java.values()):
            self._progress(f"stopping {server.name}")
            server.stop()
        for other in reversed(self._others):
            other.stop()
        self._java, self._others = {}, []

    def watch(self) -> None:
        """Start again what died."""
        for server in (*self._others, *self._java.values()):
            if not server.is_running() and time.monotonic() >= self._next_attempt:
                self._start_again(server)

    def _start_again(self, server: EmbeddedPostgres | EmbeddedValkey | JavaServer) -> None:
        name = type(server).__name__
        _log.error("server_died", server=name, log_file=str(server.log_file))
        try:
            if isinstance(server, JavaServer):
                # Not waited for: the other processes are watched meanwhile.
                server.launch()
                self._next_attempt = time.monotonic() + _PAUSE_SECONDS
            else:
                server.start()
            _log.info("server_restarted", server=name, pid=server.pid)
        except EmbeddedServerError as error:
            _log.error("server_not_restarted", server=name, reason=str(error))
            self._next_attempt = time.monotonic() + _PAUSE_SECONDS


def _check(settings: Settings, names: frozenset[str]) -> None:
    unknown = sorted(names - set(JAVA_SERVERS))
    if unknown:
        raise CommandError(
            f"{', '.join(unknown)}: no such server; there are {', '.join(JAVA_SERVERS)}"
        )
    if "keycloak" not in names:
        return
    if settings.environment == "production":
        raise SettingsError(
            "CLEARING_ENVIRONMENT: the embedded Keycloak holds the development users, whose"
            " passwords are public; run one of your own and name it by CLEARING_ISSUER_URL"
        )
    if settings.issuer_url != own_issuer_url(settings):
        raise SettingsError(
            "CLEARING_ISSUER_URL: names another issuer than the embedded Keycloak; leave it empty"
        )


def own_issuer_url(settings: Settings) -> str:
    """The `iss` of tokens that are made on this machine."""
    return msgspec.structs.replace(settings, issuer_url="", issuer_keys_url="").issuer_url


def _java_server(name: str, settings: Settings) -> JavaServer:
    if name == "kafka":
        from adapters.embedded.kafka import EmbeddedKafka

        return EmbeddedKafka(settings.data_directory)
    from adapters.embedded.keycloak import EmbeddedKeycloak

    return EmbeddedKeycloak(settings.data_directory, settings.issuer_port)


def _with_address(name: str, server: JavaServer, settings: Settings) -> Settings:
    if name == "kafka":
        return msgspec.structs.replace(settings, kafka_bootstrap_servers=server.address)
    return settings  # Keycloak's follows from the issuer's port.
