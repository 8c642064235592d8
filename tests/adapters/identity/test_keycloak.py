"""Tokens of a real Keycloak with our realm: the same callers as the development issuer's."""

import asyncio
import base64
import hashlib
import html
import os
import re
import secrets
import signal
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from keycloak import KeycloakAdmin

from adapters.embedded.keycloak import EmbeddedKeycloak
from adapters.identity import (
    Caller,
    IdentityUnavailable,
    Role,
    TokenRejected,
    TokenVerifier,
    key_directory,
)
from adapters.identity.realm import User, load_realm

PEOPLE = [user for user in load_realm().users if not user.service_account_client_id]
REDIRECT = "http://localhost:8080/signed-in"


@pytest.fixture(scope="module")
def administration(keycloak: EmbeddedKeycloak) -> KeycloakAdmin:
    return KeycloakAdmin(
        server_url=keycloak.url,
        username=keycloak.administrator.username,
        password=keycloak.administrator.password,
        realm_name="clearing",
        user_realm_name="master",
    )


@pytest.fixture
def verifier(keycloak: EmbeddedKeycloak) -> Iterator["Verifier"]:
    with asyncio.Runner() as runner:
        made = Verifier(keycloak, runner)
        yield made
        runner.run(made.inner.close())


class Verifier:
    """A verifier for tests that are not coroutines."""

    def __init__(self, keycloak: EmbeddedKeycloak, runner: asyncio.Runner) -> None:
        self.inner = TokenVerifier(
            issuer_url=keycloak.issuer_url,
            keys_url=f"{keycloak.issuer_url}/protocol/openid-connect/certs",
            audience="clearing-api",
            algorithms=("RS256",),
        )
        self._runner = runner

    def verify(self, token: str) -> Caller:
        return self._runner.run(self.inner.verify(token))


def ask(keycloak: EmbeddedKeycloak, **form: str) -> httpx.Response:
    defaults = {"client_id": "clearing-client", "client_secret": "secret"}
    return httpx.post(
        f"{keycloak.issuer_url}/protocol/openid-connect/token", data=defaults | form, timeout=30
    )


def token_of(keycloak: EmbeddedKeycloak, username: str) -> str:
    answer = ask(keycloak, grant_type="password", username=username, password="password")
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    assert isinstance(token, str)
    return token


def key_id(token: str) -> str:
    encoded = token.partition(".")[0]
    header = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    found = re.search(rb'"kid" ?: ?"([^"]+)"', header)
    assert found is not None
    return found[1].decode()


def forged(keycloak: EmbeddedKeycloak) -> str:
    return jwt.encode({"alg": "RS256", "kid": "nobody's"}, {}, RSAKey.generate_key(2048))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.username)
def test_everybody_has_the_roles_and_participants_of_the_realm_file(
    keycloak: EmbeddedKeycloak, verifier: Verifier, person: User
) -> None:
    assert verifier.verify(token_of(keycloak, person.username)) == Caller(
        subject=person.id,
        username=person.username,
        roles=frozenset(map(Role, person.realm_roles)),
        participants=frozenset(person.participants),
    )


def test_a_machine_asks_for_itself(keycloak: EmbeddedKeycloak, verifier: Verifier) -> None:
    answer = ask(keycloak, grant_type="client_credentials", client_id="clearing-machine")
    caller = verifier.verify(answer.json()["access_token"])
    assert caller.username == "service-account-clearing-machine"
    assert caller.roles == {Role.VENUE}
    assert caller.participants == frozenset()


def test_a_machine_cannot_log_in_as_somebody(keycloak: EmbeddedKeycloak) -> None:
    answer = ask(
        keycloak,
        grant_type="password",
        client_id="clearing-machine",
        username="operator",
        password="password",
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "unauthorized_client"


def test_a_wrong_password_is_refused(keycloak: EmbeddedKeycloak) -> None:
    answer = ask(keycloak, grant_type="password", username="risk", password="guessed")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_only_access_tokens_are_accepted(
    keycloak: EmbeddedKeycloak, verifier: Verifier, kind: str
) -> None:
    answer = ask(
        keycloak, grant_type="password", username="user", password="password", scope="openid"
    )
    with pytest.raises(TokenRejected):
        verifier.verify(answer.json()[kind])


def sign_in(
    keycloak: EmbeddedKeycloak,
    client: str = "clearing-portal",
    redirect: str = REDIRECT,
    **query: str,
) -> dict[str, list[str]]:
    """What the browser of broker100 is sent back with, after the form if there is one."""
    asked = {"client_id": client, "response_type": "code", "redirect_uri": redirect}
    with httpx.Client(timeout=30) as browser:
        url = f"{keycloak.issuer_url}/protocol/openid-connect/auth"
        answer = browser.get(url, params=asked | query)
        if answer.status_code == 200:
            form = re.search(r'action="([^"]+)"', answer.text)
            assert form is not None, answer.text
            login = {"username": "broker100", "password": "password"}
            # Browsers send secure cookies to localhost without TLS too; httpx does not.
            cookies = "; ".join(f"{kept.name}={kept.value}" for kept in browser.cookies.jar)
            answer = browser.post(html.unescape(form[1]), data=login, headers={"Cookie": cookies})
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)


def exchange(
    keycloak: EmbeddedKeycloak,
    code: str,
    proof: str,
    client: str = "clearing-portal",
    redirect: str = REDIRECT,
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": client,
        "redirect_uri": redirect,
        "code": code,
        "code_verifier": proof,
    }
    url = f"{keycloak.issuer_url}/protocol/openid-connect/token"
    return httpx.post(url, data=form, timeout=30)


def challenge(proof: str) -> dict[str, str]:
    digest = hashlib.sha256(proof.encode()).digest()
    hashed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {"code_challenge": hashed, "code_challenge_method": "S256"}


def test_a_user_who_edits_its_profile_cannot_make_itself_another_participant(
    keycloak: EmbeddedKeycloak, administration: KeycloakAdmin
) -> None:
    # Whoever an administrator makes has it, and with it the right to edit its profile.
    default_role = administration.get_realm_role("default-roles-clearing")
    user_id = administration.get_user_id("broker100")
    assert user_id is not None
    administration.assign_realm_roles(user_id, [default_role])
    account, proof = f"{keycloak.issuer_url}/account", secrets.token_urlsafe(48)
    console = {"client": "account-console", "redirect": f"{account}/"}
    (code,) = sign_in(keycloak, **console, **challenge(proof))["code"]
    token = exchange(keycloak, code, proof, **console).json()["access_token"]
    profile = {"username": "broker100", "email": "broker100@clearing.example", "lastName": "D"}

    def edit(**changes: Any) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(account, json=profile | changes, headers=headers).status_code

    assert edit(firstName="Changed") == 204
    assert administration.get_user(user_id)["firstName"] == "Changed"
    edit(firstName="Again", attributes={"participants": ["BROKER200"]})
    after = administration.get_user(user_id)
    assert after["attributes"]["participants"] == ["BROKER100"]


class TestThePortal:
    """A browser's client: no secret, a code, and the proof that it asked for the code itself."""

    def test_a_person_signs_in(self, keycloak: EmbeddedKeycloak, verifier: Verifier) -> None:
        proof = secrets.token_urlsafe(48)
        back = sign_in(keycloak, **challenge(proof))
        answer: dict[str, Any] = exchange(keycloak, back["code"][0], proof).json()
        caller = verifier.verify(answer["access_token"])
        assert caller.username == "broker100"
        assert caller.participants == {"BROKER100"}

    def test_whoever_stole_the_code_has_no_proof(self, keycloak: EmbeddedKeycloak) -> None:
        back = sign_in(keycloak, **challenge(secrets.token_urlsafe(48)))
        answer = exchange(keycloak, back["code"][0], secrets.token_urlsafe(48))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        "query", [{}, {"code_challenge": "x" * 43, "code_challenge_method": "plain"}]
    )
    def test_without_a_hashed_challenge_there_is_no_code(
        self, keycloak: EmbeddedKeycloak, query: dict[str, str]
    ) -> None:
        back = sign_in(keycloak, **query)
        assert back["error"] == ["invalid_request"]
        assert "code" not in back

    def test_it_has_no_password_grant(self, keycloak: EmbeddedKeycloak) -> None:
        answer = ask(
            keycloak,
            grant_type="password",
            client_id="clearing-portal",
            username="user",
            password="password",
        )
        assert answer.json()["error"] == "unauthorized_client"


def test_a_key_that_is_published_before_it_signs_takes_over_unnoticed(
    keycloak: EmbeddedKeycloak,
    administration: KeycloakAdmin,
    verifier: Verifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = token_of(keycloak, "auditor")
    realm_id = administration.get_realm("clearing")["id"]
    key = {
        "name": "next",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": realm_id,
        # Keycloak's own has 100, and the highest signs.
        "config": {"priority": ["50"], "algorithm": ["RS256"], "keySize": ["2048"]},
    }
    administration.create_component(key)
    assert key_id(token_of(keycloak, "auditor")) == key_id(before)
    assert verifier.verify(before).roles == {Role.AUDITOR}

    (made,) = administration.get_components({"name": "next", "parent": realm_id})
    made["config"]["priority"] = ["200"]
    administration.update_component(made["id"], made)
    after = token_of(keycloak, "auditor")
    assert key_id(after) != key_id(before)
    # Not asked for again: the verifier has read the new key before it signed anything.
    monkeypatch.setattr(key_directory, "_FETCH_INTERVAL_SECONDS", float("inf"))
    assert verifier.verify(after).roles == {Role.AUDITOR}
    assert verifier.verify(before).roles == {Role.AUDITOR}


def test_a_key_that_signs_at_once_is_fetched_when_it_is_met(
    keycloak: EmbeddedKeycloak,
    administration: KeycloakAdmin,
    verifier: Verifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verifier.verify(token_of(keycloak, "risk"))
    administration.create_component(
        {
            "name": "at once",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": administration.get_realm("clearing")["id"],
            "config": {"priority": ["300"], "algorithm": ["RS256"], "keySize": ["2048"]},
        }
    )
    token = token_of(keycloak, "risk")
    with pytest.raises(TokenRejected, match="unknown key"):
        verifier.verify(token)
    monkeypatch.setattr(key_directory, "_FETCH_INTERVAL_SECONDS", 0.0)
    assert verifier.verify(token).roles == {Role.RISK}


def test_while_keycloak_is_away_known_keys_go_on_and_unknown_ones_are_unavailable(
    keycloak: EmbeddedKeycloak, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, not_seen = token_of(keycloak, "user"), token_of(keycloak, "operator")
    verifier.verify(seen)
    assert keycloak.pid is not None
    os.kill(keycloak.pid, signal.SIGKILL)
    try:
        assert verifier.verify(seen).username == "user"
        assert verifier.verify(not_seen).username == "operator"
        with pytest.raises(TokenRejected, match="unknown key"):
            verifier.verify(forged(keycloak))
        monkeypatch.setattr(key_directory, "_FETCH_INTERVAL_SECONDS", 0.0)
        with pytest.raises(IdentityUnavailable):
            verifier.verify(forged(keycloak))
    finally:
        keycloak.start()
    with pytest.raises(TokenRejected, match="unknown key"):
        verifier.verify(forged(keycloak))
    assert key_id(token_of(keycloak, "user")) == key_id(seen)
