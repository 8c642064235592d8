"""Verification of access tokens, here and not at the issuer."""

import base64
import binascii
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError

from adapters.identity.caller import Caller, Role
from adapters.identity.errors import TokenRejected
from adapters.identity.key_directory import KeyDirectory
from adapters.settings import Settings

_TOKEN_LENGTH_MAXIMUM = 16_384
_CACHED_TOKENS_MAXIMUM = 10_000
# Between the issuer's clock and ours; only for tokens from the future, never for expired ones.
_CLOCK_SKEW_SECONDS = 10
_ROLES = {role.value: role for role in Role}


class _Header(msgspec.Struct):
    alg: str
    kid: str


class _RealmAccess(msgspec.Struct, frozen=True):
    roles: list[str] = []


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    typ: str
    nbf: int | float = 0
    preferred_username: str = ""
    realm_access: _RealmAccess = _RealmAccess()
    participants: list[str] = []


class TokenVerifier:
    """Verifies OIDC access tokens with the issuer's public keys and remembers those it has seen.

    Checking a signature takes about 100 µs; a remembered token costs a hash. One that the issuer
    withdraws stays good until it expires: keep the lifetime of access tokens short.
    """

    def __init__(
        self,
        *,
        issuer_url: str,
        keys_url: str,
        audience: str,
        algorithms: tuple[str, ...],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer_url = issuer_url
        self._audience = audience
        self._algorithms = algorithms
        self._clock = clock
        self._keys = KeyDirectory(keys_url)
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings) -> "TokenVerifier":
        """The verifier that the settings describe."""
        return cls(
            issuer_url=settings.issuer_url,
            keys_url=settings.issuer_keys_url,
            audience=settings.token_audience,
            algorithms=settings.token_algorithms,
        )

    async def verify(self, token: str) -> Caller:
        """Whoever the token speaks for.

        Raises:
            TokenRejected: it does not prove who calls.
            IdentityUnavailable: the issuer's keys are needed and cannot be read.
        """
        if len(token) > _TOKEN_LENGTH_MAXIMUM:
            raise TokenRejected("the token is too long")
        # The digest, so that a dump of the memory of the cache's keys is not a list of tokens.
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        remembered = self._verified.get(digest)
        if remembered is not None:
            expires, caller = remembered
            if expires > self._clock():
                self._verified.move_to_end(digest)
                return caller
            del self._verified[digest]
        claims = self._judge(await self._read(token))
        caller = _caller(claims)
        self._remember(digest, claims.exp, caller)
        return caller

    async def close(self) -> None:
        """Close the connections to the issuer."""
        await self._keys.close()

    async def _read(self, token: str) -> _Claims:
        header = _header(token)
        if header.alg not in self._algorithms:
            raise TokenRejected("the token's algorithm is not accepted")
        key = await self._keys.find(header.kid)
        if key is None:
            raise TokenRejected("the token is signed with an unknown key")
        try:
            decoded: dict[str, Any] = jwt.decode(token, key, algorithms=self._algorithms).claims
            return msgspec.convert(decoded, _Claims)
        except JoseError as error:
            raise TokenRejected("the token's signature or form is not valid") from error
        except (msgspec.ValidationError, ValueError, TypeError) as error:
            raise TokenRejected("the token's claims are not those of an access token") from error

    def _judge(self, claims: _Claims) -> _Claims:
        now = self._clock()
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._issuer_url:
            raise TokenRejected("the token is from another issuer")
        if self._audience not in audiences:
            raise TokenRejected("the token is for another audience")
        if claims.typ != "Bearer":
            raise TokenRejected("the token is not an access token")
        if not claims.sub:
            raise TokenRejected("the token names nobody")
        if not claims.exp > now:
            raise TokenRejected("the token has expired")
        if claims.nbf > now + _CLOCK_SKEW_SECONDS:
            raise TokenRejected("the token is not valid yet")
        return claims

    def _remember(self, digest: bytes, expires: float, caller: Caller) -> None:
        self._verified[digest] = (expires, caller)
        if len(self._verified) > _CACHED_TOKENS_MAXIMUM:
            self._verified.popitem(last=False)


def _header(token: str) -> _Header:
    encoded = token.partition(".")[0]
    try:
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return msgspec.json.decode(text, type=_Header)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise TokenRejected("the token is not a signed JSON Web Token") from error


def _caller(claims: _Claims) -> Caller:
    # The realm has roles of its own beside ours, such as `offline_access`.
    roles = (_ROLES.get(name) for name in claims.realm_access.roles)
    return Caller(
        subject=claims.sub,
        username=claims.preferred_username or claims.sub,
        roles=frozenset(role for role in roles if role is not None),
        participants=frozenset(claims.participants),
    )
