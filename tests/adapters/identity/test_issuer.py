"""The development issuer answers as Keycloak does, from the same realm file."""

import stat
from pathlib import Path

import httpx
import pytest
import structlog

from adapters.identity.issuer import create_issuer
from adapters.identity.realm import load_realm
from adapters.identity.signing_key import load_or_create_signing_key
from adapters.settings import Settings, SettingsError
from tests.adapters.identity.support import Issuer


def test_the_password_grant_answers_with_a_bearer_token(issuer: Issuer) -> None:
    answer = issuer.request_token(grant_type="password", username="user", password="password")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] > 0


def test_a_machine_gets_a_token_for_itself(issuer: Issuer) -> None:
    answer = issuer.request_token(client_id="clearing-machine", grant_type="client_credentials")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()


def test_a_client_may_name_itself_in_the_header(issuer: Issuer) -> None:
    answer = httpx.post(
        f"{issuer.settings.issuer_url}/protocol/openid-connect/token",
        data={"grant_type": "client_credentials"},
        auth=("clearing-machine", "secret"),
    )
    assert answer.status_code == 200


def test_a_refresh_token_gets_new_tokens(issuer: Issuer) -> None:
    first = issuer.request_token(grant_type="password", username="user", password="password")
    answer = issuer.request_token(
        grant_type="refresh_token", refresh_token=first.json()["refresh_token"]
    )
    assert answer.status_code == 200
    assert answer.json()["access_token"] != first.json()["access_token"]


def test_an_access_token_is_no_refresh_token(issuer: Issuer) -> None:
    answer = issuer.request_token(grant_type="refresh_token", refresh_token=issuer.token_of("user"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "username": "user", "password": "x"}, 401, "invalid_grant"),
        ({"grant_type": "password", "username": "nobody", "password": "x"}, 401, "invalid_grant"),
        ({"grant_type": "password"}, 401, "invalid_grant"),
        ({"grant_type": "password", "client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "password", "client_id": "x"}, 401, "invalid_client"),
        (
            {"grant_type": "password", "client_id": "clearing-portal", "username": "user"},
            400,
            "unauthorized_client",
        ),
        (
            {"grant_type": "client_credentials", "client_id": "clearing-portal"},
            401,
            "unauthorized_client",
        ),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        (
            {
                "grant_type": "password",
                "username": "service-account-clearing-machine",
                "password": "",
            },
            401,
            "invalid_grant",
        ),
    ],
)
def test_what_is_not_granted_is_answered_as_keycloak_does(
    issuer: Issuer, form: dict[str, str], status: int, error: str
) -> None:
    answer = issuer.request_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_configuration_names_the_endpoints(issuer: Issuer) -> None:
    url = f"{issuer.settings.issuer_url}/.well-known/openid-configuration"
    configuration = httpx.get(url).json()
    assert configuration["issuer"] == issuer.settings.issuer_url
    assert configuration["jwks_uri"] == issuer.settings.issuer_keys_url


def test_the_published_keys_are_public(issuer: Issuer) -> None:
    (key,) = httpx.get(issuer.settings.issuer_keys_url).json()["keys"]
    assert key["use"] == "sig"
    assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()


def test_it_refuses_to_start_in_production(data_directory: Path) -> None:
    with pytest.raises(SettingsError, match="CLEARING_ENVIRONMENT"):
        create_issuer(Settings(data_directory=data_directory, environment="production"))


def test_it_warns_that_it_is_for_development(data_directory: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        create_issuer(Settings(data_directory=data_directory))
    (entry,) = [log for log in logs if log["event"] == "development_issuer"]
    assert entry["log_level"] == "warning"
    assert "DEVELOPMENT ONLY" in entry["warning"]


def test_the_signing_key_outlives_a_restart_and_is_private(key_file: Path) -> None:
    first = load_or_create_signing_key(key_file)
    assert load_or_create_signing_key(key_file).thumbprint() == first.thumbprint()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("username", "roles", "participants"),
    [
        ("user", {"participant", "venue"}, ["BROKER100", "BROKER200"]),
        ("broker100", {"participant"}, ["BROKER100"]),
        ("broker200", {"participant"}, ["BROKER200"]),
        ("risk", {"risk"}, []),
        ("auditor", {"auditor"}, []),
        ("operator", {"operator"}, []),
        ("operator2", {"operator"}, []),
    ],
)
def test_there_is_a_development_user_for_each_role(
    username: str, roles: set[str], participants: list[str]
) -> None:
    user = load_realm().find_user(username)
    assert user is not None
    assert set(user.realm_roles) == roles
    assert user.participants == participants
    assert user.has_password("password")
