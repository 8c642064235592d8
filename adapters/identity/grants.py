"""Making tokens: the grants of the token endpoint, with Keycloak's answers."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from adapters.identity.realm import Client, Realm, User


class GrantRefused(Exception):
    """An error answer of the token endpoint (RFC 6749, 5.2), with Keycloak's status."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class TokenMaker(msgspec.Struct, frozen=True):
    """Answers token requests for the users and clients of a realm."""

    realm: Realm
    issuer_url: str
    audience: str
    key: RSAKey

    def answer(self, form: Mapping[str, str], basic: tuple[str, str] | None) -> dict[str, Any]:
        """The tokens that the request asks for; `basic` are a client's credentials in the header.

        Raises:
            GrantRefused: the request is not granted.
        """
        grant_type = form.get("grant_type")
        if not grant_type:
            raise GrantRefused(400, "invalid_request", "Missing form parameter: grant_type")
        client = self._authenticate(form, basic)
        match grant_type:
            case "password":
                return self._tokens(client, self._password(client, form), form)
            case "client_credentials":
                return self._tokens(client, self._client_credentials(client), form, refresh=False)
            case "refresh_token":
                return self._tokens(client, self._refresh(client, form), form)
            case _:
                raise GrantRefused(400, "unsupported_grant_type", "Unsupported grant_type")

    def _authenticate(self, form: Mapping[str, str], basic: tuple[str, str] | None) -> Client:
        given = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self.realm.find_client(given[0])
        if client is None or not client.has_secret(given[1]):
            raise GrantRefused(
                401, "invalid_client", "Invalid client or Invalid client credentials"
            )
        return client

    def _password(self, client: Client, form: Mapping[str, str]) -> User:
        if not client.direct_access_grants_enabled:
            raise GrantRefused(
                400, "unauthorized_client", "Client not allowed for direct access grants"
            )
        user = self.realm.find_user(form.get("username", ""))
        if user is None or not user.has_password(form.get("password", "")):
            raise GrantRefused(401, "invalid_grant", "Invalid user credentials")
        return user

    def _client_credentials(self, client: Client) -> User:
        user = self.realm.service_account(client)
        if client.public_client or not client.service_accounts_enabled or user is None:
            raise GrantRefused(
                401, "unauthorized_client", "Client not enabled to retrieve service account"
            )
        return user

    def _refresh(self, client: Client, form: Mapping[str, str]) -> User:
        refused = GrantRefused(400, "invalid_grant", "Invalid refresh token")
        try:
            token = jwt.decode(form.get("refresh_token", ""), self.key, algorithms=["RS256"])
        except (JoseError, ValueError) as error:
            raise refused from error
        claims = token.claims
        if claims.get("typ") != "Refresh" or claims.get("azp") != client.client_id:
            raise refused
        if claims["exp"] <= time.time():
            raise GrantRefused(400, "invalid_grant", "Token is not active")
        user = self.realm.find_user_by_id(claims["sub"])
        if user is None:
            raise refused
        return user

    def _tokens(
        self, client: Client, user: User, form: Mapping[str, str], *, refresh: bool = True
    ) -> dict[str, Any]:
        lifespan, session = self.realm.access_token_lifespan, self.realm.sso_session_max_lifespan
        is_openid = "openid" in form.get("scope", "").split()
        scope = "openid profile email" if is_openid else "profile email"
        answer: dict[str, Any] = {
            "access_token": self._sign(client, user, lifespan, self._access_claims(user, scope)),
            "expires_in": lifespan,
            "refresh_expires_in": session if refresh else 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": scope,
        }
        if refresh:
            claims = {"typ": "Refresh", "aud": self.issuer_url, "scope": scope}
            answer["refresh_token"] = self._sign(client, user, session, claims)
        if is_openid:
            claims = {"typ": "ID", "aud": client.client_id, **_profile(user)}
            answer["id_token"] = self._sign(client, user, lifespan, claims)
        return answer

    def _access_claims(self, user: User, scope: str) -> dict[str, Any]:
        claims = {
            "typ": "Bearer",
            "aud": self.audience,
            "scope": scope,
            "realm_access": {"roles": user.realm_roles},
            **_profile(user),
        }
        # Keycloak leaves the claim out when the user has no participant.
        return claims | ({"participants": user.participants} if user.participants else {})

    def _sign(self, client: Client, user: User, lifespan: int, claims: dict[str, Any]) -> str:
        now = int(time.time())
        common = {
            "exp": now + lifespan,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "iss": self.issuer_url,
            "sub": user.id,
            "azp": client.client_id,
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.thumbprint()}, common | claims, self.key)


def _profile(user: User) -> dict[str, Any]:
    claims: dict[str, Any] = {"preferred_username": user.username}
    if user.email:
        claims |= {
            "email": user.email,
            "email_verified": True,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "name": f"{user.first_name} {user.last_name}",
        }
    return claims
