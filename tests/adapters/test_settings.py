"""Settings come from the environment; what is wrong with one is said by its name."""

from pathlib import Path

import pytest

from adapters.settings import FROM_FILES, Settings, SettingsError, load_settings, owner_url


def test_without_variables_everything_is_embedded_and_local() -> None:
    settings = load_settings({"PATH": "/bin"})
    assert settings.environment == "development"
    assert settings.database_url == settings.database_owner_url == settings.redis_url == ""
    assert settings.http_host == "127.0.0.1"
    assert settings.issuer_url == "http://localhost:8180/realms/clearing"
    assert settings.issuer_keys_url == f"{settings.issuer_url}/protocol/openid-connect/certs"


def test_variables_are_read_by_the_type_of_their_setting() -> None:
    settings = load_settings(
        {
            "CLEARING_DATA_DIRECTORY": "/srv/clearing",
            "CLEARING_HTTP_PORT": "9090",
            "CLEARING_LEASE_SECONDS": "2.5",
            "CLEARING_TOKEN_ALGORITHMS": "RS256, ES256",
        }
    )
    assert settings.data_directory == Path("/srv/clearing")
    assert settings.http_port == 9090
    assert settings.lease_seconds == 2.5
    assert settings.token_algorithms == ("RS256", "ES256")


def test_the_issuers_address_follows_its_port() -> None:
    settings = load_settings({"CLEARING_ISSUER_PORT": "9180"})
    assert settings.issuer_url == "http://localhost:9180/realms/clearing"


def test_the_keys_are_found_below_a_given_issuer() -> None:
    settings = load_settings({"CLEARING_ISSUER_URL": "https://id.example/realms/clearing/"})
    assert settings.issuer_keys_url == (
        "https://id.example/realms/clearing/protocol/openid-connect/certs"
    )


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CLEARING_HTTP_PROT", "8080"),
        ("CLEARING_HTTP_PORT", "0"),
        ("CLEARING_HTTP_PORT", "eighty"),
        ("CLEARING_HTTP_PORT", ""),
        ("CLEARING_ENVIRONMENT", "staging"),
        ("CLEARING_SEGMENT", "US"),
        ("CLEARING_SEGMENT", "us\n"),
        ("CLEARING_SEGMENT", "us; DROP SCHEMA"),
        ("CLEARING_LEASE_SECONDS", "nan"),
        ("CLEARING_LEASE_SECONDS", "0"),
        ("CLEARING_TOKEN_ALGORITHMS", "none"),
        ("CLEARING_TOKEN_ALGORITHMS", "HS256"),
        ("CLEARING_TOKEN_ALGORITHMS", ""),
        ("CLEARING_DATA_DIRECTORY", ""),
        ("CLEARING_INTAKE_QUEUE_LIMIT", "-1"),
    ],
)
def test_what_is_wrong_is_said_by_the_name_of_the_variable(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load_settings({variable: text})


def test_the_owner_of_the_tables_is_not_named_alone() -> None:
    with pytest.raises(SettingsError, match="CLEARING_DATABASE_URL"):
        load_settings({"CLEARING_DATABASE_OWNER_URL": "postgresql://owner@db/clearing"})


def test_a_process_that_was_not_given_the_owner_says_so_when_it_needs_it() -> None:
    settings = load_settings({"CLEARING_DATABASE_URL": "postgresql://app@db/clearing"})
    with pytest.raises(SettingsError, match="CLEARING_DATABASE_OWNER_URL"):
        owner_url(settings)


@pytest.mark.parametrize("variable", sorted(FROM_FILES))
def test_an_address_may_stand_in_a_file(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("postgresql://app:s3cret@db/clearing\n")
    application = {"CLEARING_DATABASE_URL": "postgresql://app@db/clearing"}
    given = application if variable == "CLEARING_DATABASE_OWNER_URL" else {}
    settings = load_settings({**given, f"{variable}_FILE": str(file)})
    value = getattr(settings, variable.removeprefix("CLEARING_").lower())
    assert value == "postgresql://app:s3cret@db/clearing"


def test_what_has_no_secret_in_it_is_not_read_from_a_file() -> None:
    with pytest.raises(SettingsError, match="CLEARING_HTTP_PORT_FILE"):
        load_settings({"CLEARING_HTTP_PORT_FILE": "/dev/null"})


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("\n", "empty")])
def test_a_file_without_a_secret_is_said_by_its_name(
    content: str | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=f"CLEARING_REDIS_URL_FILE.*{reason}"):
        load_settings({"CLEARING_REDIS_URL_FILE": str(file)})


def test_an_address_and_a_file_of_it_contradict_each_other(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("redis://cache")
    with pytest.raises(SettingsError, match="give one of them"):
        load_settings({"CLEARING_REDIS_URL": "redis://a", "CLEARING_REDIS_URL_FILE": str(file)})


def test_a_burst_below_the_rate_is_refused() -> None:
    with pytest.raises(SettingsError, match="CLEARING_RATE_LIMIT_BURST"):
        load_settings({"CLEARING_RATE_LIMIT_BURST": "1"})


def test_a_child_process_reads_the_same_settings() -> None:
    settings = Settings(
        data_directory=Path("/srv/clearing"),
        database_url="postgresql://app:secret@db/clearing",
        database_owner_url="postgresql://owner:secret@db/clearing",
        token_algorithms=("RS256", "EdDSA"),
        log_format="console",
    )
    assert load_settings(settings.to_environ()) == settings


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:s3cret@db:5432/clearing",
        "postgresql:///clearing?host=db&password=s3cret",
        "redis://:s3cret@cache:6379/0",
    ],
)
def test_passwords_are_not_shown(url: str) -> None:
    settings = Settings(database_url=url, database_owner_url=url, redis_url=url)
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


def test_an_error_does_not_repeat_the_value() -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({"CLEARING_HTTP_PORT": "s3cret"})
    assert "s3cret" not in str(raised.value)
