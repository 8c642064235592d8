"""The development issuer: Keycloak's endpoints, realm, clients and users, without Keycloak.

It knows every password from a file in the repository, so it must never serve anything real.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import structlog
from litestar import Litestar, MediaType, Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler

from adapters.identity.grants import GrantRefused, TokenMaker
from adapters.identity.realm import load_realm
from adapters.identity.signing_key import load_or_create_signing_key
from adapters.settings import Settings, SettingsError

_TOKEN_PATH = "/protocol/openid-connect/token"  # noqa: S105
_KEYS_PATH = "/protocol/openid-connect/certs"
_BODY_LIMIT_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_log = structlog.get_logger(__name__)


def create_issuer(settings: Settings) -> Litestar:
    """The issuer as an ASGI application.

    Raises:
        SettingsError: the settings say production.
    """
    if settings.environment == "production":
        raise SettingsError(
            "CLEARING_ENVIRONMENT: the development issuer refuses to start in production; run a"
            " real issuer (Keycloak) and name it by CLEARING_ISSUER_URL"
        )
    maker = TokenMaker(
        realm=load_realm(),
        issuer_url=settings.issuer_url,
        audience=settings.token_audience,
        key=load_or_create_signing_key(settings.data_directory / "issuer" / "signing_key.pem"),
    )
    _log.warning(
        "development_issuer",
        warning="FOR DEVELOPMENT ONLY: its users' passwords are public. Never expose it.",
        issuer_url=settings.issuer_url,
    )
    realm_path = urlsplit(settings.issuer_url).path
    return Litestar(
        route_handlers=[healthz, readyz, Router(path=realm_path, route_handlers=_handlers(maker))],
        request_max_body_size=_BODY_LIMIT_BYTES,
        openapi_config=None,
    )


@get("/healthz", media_type=MediaType.TEXT)
async def healthz() -> str:
    """The process runs."""
    return "ok"


@get("/readyz", media_type=MediaType.TEXT)
async def readyz() -> str:
    """The issuer answers: it needs nobody else."""
    return "ok"


def _handlers(maker: TokenMaker) -> list[HTTPRouteHandler]:
    key = maker.key.as_dict(private=False) | {"kid": maker.key.thumbprint()}

    @post(_TOKEN_PATH)
    async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            basic = _basic_credentials(request.headers.get("authorization", ""))
            return Response(maker.answer(form, basic), status_code=200, headers=_NO_STORE)
        except GrantRefused as refused:
            answer = {"error": refused.error, "error_description": refused.description}
            _log.info("token_refused", error=refused.error)
            return Response(answer, status_code=refused.status, headers=_NO_STORE)

    @get(_KEYS_PATH, sync_to_thread=False)
    def keys() -> dict[str, Any]:
        return {"keys": [key]}

    @get("/.well-known/openid-configuration", sync_to_thread=False)
    def configuration() -> dict[str, Any]:
        return {
            "issuer": maker.issuer_url,
            "token_endpoint": maker.issuer_url + _TOKEN_PATH,
            "jwks_uri": maker.issuer_url + _KEYS_PATH,
            "grant_types_supported": ["password", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["token"],
            "scopes_supported": ["openid", "profile", "email"],
        }

    return [token, keys, configuration]


def _basic_credentials(header: str) -> tuple[str, str] | None:
    """A client's id and secret from an Authorization header (RFC 6749, 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise GrantRefused(401, "invalid_client", "Invalid client credentials") from error
    return unquote_plus(client_id), unquote_plus(secret)
