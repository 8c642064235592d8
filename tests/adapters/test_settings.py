"""Settings come from the environment; what is wrong with one is said by its name."""

from pathlib import Path

import pytest

from adapters.settings import Settings, SettingsError, load_settings


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


def test_the_roles_of_the_database_come_together() -> None:
    with pytest.raises(SettingsError, match="CLEARING_DATABASE_OWNER_URL"):
        load_settings({"CLEARING_DATABASE_URL": "postgresql://app@db/clearing"})


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
