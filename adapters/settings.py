"""Every setting of the platform: environment variables that begin with `CLEARING_`.

A setting is read once, at start, and handed on as one frozen value. A variable that is not known is
refused, because a misspelt setting would otherwise fall back to its default in silence. The address
of a server, which has a password in it, may stand in a file: `CLEARING_DATABASE_URL_FILE` names it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

import msgspec

PREFIX = "CLEARING_"
FILE_SUFFIX = "_FILE"
# A file of one of these holds a secret, as orchestrators hand them over.
FROM_FILES = frozenset(
    {"CLEARING_DATABASE_URL", "CLEARING_DATABASE_OWNER_URL", "CLEARING_REDIS_URL"}
)
_PASSWORD_PARAMETER = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]
Segment = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,15}\\Z")]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


class SettingsError(Exception):
    """A setting is unknown, malformed, or contradicts another; the message names the variable."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of every process; the comment above each says what it does and its unit."""

    # `production` refuses what is for development only, such as the development token issuer.
    environment: Literal["development", "production"] = "development"
    # The folder of everything that embedded servers keep.
    data_directory: Path = Path(".clearing")
    # The market or currency area whose log this is: part of stream ids, of lock keys and of
    # the schema's name.
    segment: Segment = "us"

    # The calendar whose business day the segment follows, named by the market's MIC (ISO 10383).
    calendar: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{4}\\Z")] = "XNYS"

    # PostgreSQL as the application's role, which may only add to the log. Empty: the embedded
    # server.
    database_url: str = ""
    # PostgreSQL as the owner of the tables, for migrations and rebuilds only: other processes need
    # not have it. Never without `database_url`.
    database_owner_url: str = ""
    # Redis or Valkey, for rate limits and notifications. Empty: the embedded server.
    redis_url: str = ""
    # Apache Kafka, as `host:port,…`. Empty: none, projections follow the log itself.
    kafka_bootstrap_servers: str = ""

    # Where the HTTP interface listens.
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    # Where `/healthz`, `/readyz` and `/metrics` of the other processes listen.
    health_host: str = "127.0.0.1"
    # `clearing project trades`, and `clearing project --all`, which is every projection in
    # one process.
    projection_trades_port: Port = 8081
    projection_positions_port: Port = 8082
    worker_port: Port = 8083
    notification_port: Port = 8084
    projection_reference_port: Port = 8085
    relay_port: Port = 8087

    # The `iss` of accepted tokens. Empty: the development issuer's, on `issuer_port`.
    issuer_url: str = ""
    # Where the issuer's signing keys are read. Empty: below `issuer_url`, where Keycloak has them.
    issuer_keys_url: str = ""
    # Where the development issuer listens.
    issuer_port: Port = 8180
    # The `aud` that an accepted token must contain.
    token_audience: Annotated[str, msgspec.Meta(min_length=1)] = "clearing-api"  # noqa: S105
    # Accepted signature algorithms, separated by commas. Never taken from the token.
    token_algorithms: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)] = ("RS256",)

    # Instructions that may wait for a group commit; beyond it intake answers 503. Counted in
    # elements of requests.
    intake_queue_limit: Positive = 50_000
    # Instructions appended in one transaction at most.
    intake_page_limit: Positive = 2_000
    # The longest pause that a group commit makes for company under load.
    intake_interval_ms: Milliseconds = 40
    # Log entries that the clearing worker decides in one transaction at most.
    worker_page_limit: Positive = 2_000
    # The longest pause that the clearing worker makes between small pages under load.
    worker_interval_ms: Milliseconds = 60
    # How long the clearing worker's leadership lasts without renewal.
    lease_seconds: Seconds = 5.0
    # How long an append may hold the log's lock before it is terminated.
    append_watchdog_seconds: Seconds = 5.0
    # The clearing worker stores its state after so many ledger positions.
    checkpoint_every_positions: Positive = 200_000
    # Events that the relay publishes in one page at most.
    relay_page_limit: Positive = 5_000
    # Copies of each topic that the relay makes; a write needs all of them but one.
    kafka_replicas: Positive = 1
    # Log entries that a projection turns into rows in one transaction at most.
    projection_batch_limit: Positive = 20_000
    # The longest pause that a projection makes between small batches under load.
    projection_interval_ms: Milliseconds = 120
    # The longest wait of `minPosition` and of `Prefer: wait`.
    read_wait_seconds_maximum: Seconds = 10.0

    # What one caller may submit: elements (a batch of 100 is 100) a second, and at once.
    rate_limit_per_second: Positive = 20_000
    rate_limit_burst: Positive = 100_000
    # The largest request body.
    request_body_limit_bytes: Positive = 16 * 1024 * 1024

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    def __post_init__(self) -> None:
        """Fill in the addresses that follow from others."""
        if not self.issuer_url:
            issuer_url = f"http://localhost:{self.issuer_port}/realms/clearing"
            msgspec.structs.force_setattr(self, "issuer_url", issuer_url)
        if not self.issuer_keys_url:
            keys_url = f"{self.issuer_url.rstrip('/')}/protocol/openid-connect/certs"
            msgspec.structs.force_setattr(self, "issuer_keys_url", keys_url)

    def __repr__(self) -> str:
        """Show every setting, passwords in addresses hidden."""
        shown = (
            f"{name}={_without_password(getattr(self, name))!r}" for name in self.__struct_fields__
        )
        return f"Settings({', '.join(shown)})"

    def to_environ(self) -> dict[str, str]:
        """Every setting as the variable that `load_settings` reads it from, for a child process."""
        return {_variable(name): _to_text(getattr(self, name)) for name in self.__struct_fields__}


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`.

    Raises:
        SettingsError: a variable is unknown or malformed, or two contradict each other.
    """
    fields = {_variable(field.name): field for field in msgspec.structs.fields(Settings)}
    given = _from_files({name: text for name, text in environ.items() if name.startswith(PREFIX)})
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        raise SettingsError(f"{', '.join(unknown)}: no such setting")
    values = {
        fields[name].name: _from_text(name, text, fields[name].type) for name, text in given.items()
    }
    settings = Settings(**values)
    _check_consistency(settings)
    return settings


def owner_url(settings: Settings) -> str:
    """The address for what only the tables' owner may do.

    Raises:
        SettingsError: the process was not given it.
    """
    if not settings.database_owner_url:
        raise SettingsError(
            "CLEARING_DATABASE_OWNER_URL: needed here, since tables belong to their owner's role"
        )
    return settings.database_owner_url


def _from_files(given: dict[str, str]) -> dict[str, str]:
    """The same, each file of a secret replaced by its content."""
    values = dict(given)
    for variable in sorted(FROM_FILES):
        path = values.pop(variable + FILE_SUFFIX, None)
        if path is None:
            continue
        if variable in given:
            raise SettingsError(f"{variable} and {variable}{FILE_SUFFIX}: give one of them")
        try:
            values[variable] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise SettingsError(f"{variable}{FILE_SUFFIX}: {path}: {reason}") from None
        if not values[variable]:
            raise SettingsError(f"{variable}{FILE_SUFFIX}: {path}: the file is empty")
    return values


def _check_consistency(settings: Settings) -> None:
    if settings.database_owner_url and not settings.database_url:
        raise SettingsError(
            "CLEARING_DATABASE_OWNER_URL: give CLEARING_DATABASE_URL too, or neither for the"
            " embedded server"
        )
    if settings.rate_limit_burst < settings.rate_limit_per_second:
        raise SettingsError(
            "CLEARING_RATE_LIMIT_BURST: must not be below CLEARING_RATE_LIMIT_PER_SECOND"
        )


def _variable(field_name: str) -> str:
    return PREFIX + field_name.upper()


def _from_text(variable: str, text: str, kind: Any) -> Any:
    if kind is Path:
        if not text:
            raise SettingsError(f"{variable}: must not be empty")
        return Path(text).expanduser()
    value = (
        [part.strip() for part in text.split(",")]
        if variable == f"{PREFIX}TOKEN_ALGORITHMS"
        else text
    )
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        # The text itself is left out: it may be an address with a password.
        raise SettingsError(f"{variable}: {error}") from None


def _to_text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _without_password(value: object) -> object:
    """Hide a password in an address, whether it stands before the host or in the query."""
    if not isinstance(value, str) or "://" not in value:
        return value
    parts = urlsplit(_PASSWORD_PARAMETER.sub(r"\1***", value))
    if not parts.password:
        return urlunsplit(parts)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))
