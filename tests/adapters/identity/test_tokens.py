"""A token is believed only when the issuer signed it, for us, for now, as an access token."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Litestar, get

from adapters.identity import Caller, IdentityUnavailable, Role, TokenRejected, TokenVerifier
from adapters.settings import Settings
from tests.adapters.identity.support import Issuer, ServerThread, free_port


def verify(settings: Settings, *tokens: str) -> list[Caller]:
    async def run() -> list[Caller]:
        verifier = TokenVerifier.from_settings(settings)
        try:
            return [await verifier.verify(token) for token in tokens]
        finally:
            await verifier.close()

    return asyncio.run(run())


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_a_token_of_the_issuer_says_who_calls(issuer: Issuer) -> None:
    (caller,) = verify(issuer.settings, issuer.token_of("user"))
    assert caller.username == "user"
    assert caller.roles == {Role.PARTICIPANT, Role.VENUE}
    assert caller.participants == {"BROKER100", "BROKER200"}


def test_the_subject_stays_the_same_from_token_to_token(issuer: Issuer) -> None:
    first, second = verify(issuer.settings, issuer.token_of("risk"), issuer.token_of("risk"))
    assert first.subject == second.subject


def test_a_caller_without_participants_has_none(issuer: Issuer) -> None:
    (caller,) = verify(issuer.settings, issuer.token_of("operator"))
    assert caller.participants == frozenset()
    assert caller.roles == {Role.OPERATOR}


def test_roles_of_the_realm_that_are_not_ours_are_passed_over(issuer: Issuer) -> None:
    (caller,) = verify(issuer.settings, issuer.forge())
    assert caller.roles == {Role.RISK}


@pytest.mark.parametrize("audience", ["clearing-api", ["account", "clearing-api"]])
def test_the_audience_may_be_a_name_or_a_list(issuer: Issuer, audience: str | list[str]) -> None:
    assert verify(issuer.settings, issuer.forge(aud=audience))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "account"}, "audience"),
        ({"aud": ["account"]}, "audience"),
        ({"aud": None}, "claims"),
        ({"iss": "http://localhost:8180/realms/other"}, "another issuer"),
        ({"iss": None}, "claims"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "claims"),
        ({"exp": "9999999999"}, "claims"),
        ({"nbf": 9_999_999_999}, "not valid yet"),
        ({"typ": "ID"}, "not an access token"),
        ({"typ": "Refresh"}, "not an access token"),
        ({"typ": None}, "claims"),
        ({"sub": ""}, "nobody"),
        ({"sub": None}, "claims"),
        ({"participants": "BROKER100"}, "claims"),
        ({"realm_access": {"roles": "operator"}}, "claims"),
    ],
)
def test_a_token_with_other_claims_is_rejected(
    issuer: Issuer, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TokenRejected, match=reason):
        verify(issuer.settings, issuer.forge(**changes))


def test_an_id_token_is_rejected(issuer: Issuer) -> None:
    answer = issuer.request_token(
        grant_type="password", username="user", password="password", scope="openid"
    ).json()
    with pytest.raises(TokenRejected):
        verify(issuer.settings, answer["id_token"])


def test_a_refresh_token_is_rejected(issuer: Issuer) -> None:
    answer = issuer.request_token(
        grant_type="password", username="user", password="password"
    ).json()
    with pytest.raises(TokenRejected):
        verify(issuer.settings, answer["refresh_token"])


def test_a_token_without_a_signature_is_rejected(issuer: Issuer) -> None:
    header = {"alg": "none", "kid": issuer.key.thumbprint()}
    with pytest.raises(TokenRejected, match="algorithm"):
        verify(issuer.settings, f"{encoded(header)}.{encoded(issuer.claims())}.")


def test_a_token_signed_with_the_public_key_as_a_secret_is_rejected(issuer: Issuer) -> None:
    header = {"alg": "HS256", "kid": issuer.key.thumbprint()}
    signed = f"{encoded(header)}.{encoded(issuer.claims())}"
    secret = issuer.key.as_pem(private=False)
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    with pytest.raises(TokenRejected, match="algorithm"):
        verify(issuer.settings, token)


def test_a_token_signed_with_a_foreign_key_under_the_issuers_key_id_is_rejected(
    issuer: Issuer, foreign_key: RSAKey
) -> None:
    with pytest.raises(TokenRejected, match="signature"):
        verify(issuer.settings, issuer.forge(foreign_key))


def test_a_token_signed_with_an_unknown_key_is_rejected(
    issuer: Issuer, foreign_key: RSAKey
) -> None:
    with pytest.raises(TokenRejected, match="unknown key"):
        verify(issuer.settings, issuer.forge(foreign_key, kid="foreign"))


def test_a_key_inside_the_token_is_not_believed(issuer: Issuer, foreign_key: RSAKey) -> None:
    header = {
        "alg": "RS256",
        "kid": issuer.key.thumbprint(),
        "jwk": foreign_key.as_dict(private=False),
    }
    with pytest.raises(TokenRejected, match="signature"):
        verify(issuer.settings, jwt.encode(header, issuer.claims(), foreign_key))


def test_a_changed_token_is_rejected(issuer: Issuer) -> None:
    header, _, signature = issuer.token_of("broker100").split(".")
    claims = encoded(issuer.claims(participants=["BROKER200"]))
    with pytest.raises(TokenRejected, match="signature"):
        verify(issuer.settings, f"{header}.{claims}.{signature}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "Bearer x", "é", "\ud800", "x" * 20_000, "e30.e30.e30"]
)
def test_what_is_no_token_is_rejected(issuer: Issuer, token: str) -> None:
    with pytest.raises(TokenRejected):
        verify(issuer.settings, token)


def test_a_remembered_token_is_rejected_once_it_has_expired(issuer: Issuer) -> None:
    now = [time.time()]

    async def run() -> None:
        verifier = TokenVerifier(
            issuer_url=issuer.settings.issuer_url,
            keys_url=issuer.settings.issuer_keys_url,
            audience="clearing-api",
            algorithms=("RS256",),
            clock=lambda: now[0],
        )
        token = issuer.token_of("user")
        await verifier.verify(token)
        now[0] += 100_000
        with pytest.raises(TokenRejected, match="expired"):
            await verifier.verify(token)
        await verifier.close()

    asyncio.run(run())


class KeyList:
    """An issuer's list of keys that changes and counts who asks."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0

        @get("/keys", sync_to_thread=False)
        def answer() -> dict[str, Any]:
            self.asked += 1
            return {"keys": self.keys}

        self.app = Litestar([answer], openapi_config=None)


def public(key: RSAKey, **changes: Any) -> dict[str, Any]:
    fields = key.as_dict(private=False) | {"kid": key.thumbprint(), "use": "sig", "alg": "RS256"}
    return fields | changes


def verifier_of(issuer: Issuer, port: int) -> TokenVerifier:
    return TokenVerifier(
        issuer_url=issuer.settings.issuer_url,
        keys_url=f"http://127.0.0.1:{port}/keys",
        audience="clearing-api",
        algorithms=("RS256",),
    )


Serve = Callable[[Any, int], ServerThread]


def test_many_tokens_at_once_fetch_the_keys_once(issuer: Issuer, serve: Serve) -> None:
    key_list, port = KeyList(public(issuer.key)), free_port()
    serve(key_list.app, port)

    async def run() -> None:
        verifier = verifier_of(issuer, port)
        tokens = [issuer.forge(jti=str(number)) for number in range(50)]
        await asyncio.gather(*(verifier.verify(token) for token in tokens))
        await verifier.close()

    asyncio.run(run())
    assert key_list.asked == 1


def test_made_up_key_ids_do_not_reach_the_issuer_each_time(issuer: Issuer, serve: Serve) -> None:
    key_list, port = KeyList(public(issuer.key)), free_port()
    serve(key_list.app, port)

    async def run() -> None:
        verifier = verifier_of(issuer, port)
        for number in range(20):
            with pytest.raises(TokenRejected, match="unknown key"):
                await verifier.verify(issuer.forge(kid=f"made-up-{number}"))
        await verifier.close()

    asyncio.run(run())
    assert key_list.asked == 1


def test_a_key_that_is_not_for_signatures_is_not_used(issuer: Issuer, serve: Serve) -> None:
    port = free_port()
    serve(KeyList(public(issuer.key, use="enc", alg="RSA-OAEP")).app, port)

    async def run() -> None:
        verifier = verifier_of(issuer, port)
        with pytest.raises(TokenRejected, match="unknown key"):
            await verifier.verify(issuer.forge())
        await verifier.close()

    asyncio.run(run())


def test_without_the_issuers_keys_nothing_is_judged_and_the_next_try_asks_again(
    issuer: Issuer, serve: Serve
) -> None:
    port = free_port()

    async def run() -> None:
        verifier = verifier_of(issuer, port)
        with pytest.raises(IdentityUnavailable):
            await verifier.verify(issuer.forge())
        serve(KeyList(public(issuer.key)).app, port)
        assert (await verifier.verify(issuer.forge())).username == "someone"
        await verifier.close()

    asyncio.run(run())


def test_tokens_are_good_while_the_issuer_is_away(issuer: Issuer, serve: Serve) -> None:
    port = free_port()
    server = serve(KeyList(public(issuer.key)).app, port)

    async def run() -> None:
        verifier = verifier_of(issuer, port)
        await verifier.verify(issuer.forge(jti="before"))
        server.stop()
        assert (await verifier.verify(issuer.forge(jti="after"))).username == "someone"
        await verifier.close()

    asyncio.run(run())
