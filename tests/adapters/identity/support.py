"""A development issuer that runs in the test's own process, and tokens that it never made."""

import socket
import threading
import time
from typing import Any

import httpx
import msgspec
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.settings import Settings


class Issuer(msgspec.Struct, frozen=True):
    """A development issuer that runs, and what is needed to forge its tokens."""

    settings: Settings
    key: RSAKey

    def request_token(self, **form: str) -> httpx.Response:
        defaults = {"client_id": "clearing-client", "client_secret": "secret"}
        return httpx.post(
            f"{self.settings.issuer_url}/protocol/openid-connect/token", data=defaults | form
        )

    def token_of(self, username: str) -> str:
        answer = self.request_token(grant_type="password", username=username, password="password")
        token = answer.json()["access_token"]
        assert isinstance(token, str)
        return token

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.settings.issuer_url,
            "sub": "11111111-1111-4111-8111-111111111111",
            "aud": "clearing-api",
            "exp": now + 60,
            "iat": now,
            "typ": "Bearer",
            "preferred_username": "someone",
            "realm_access": {"roles": ["risk", "offline_access"]},
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def forge(self, key: RSAKey | None = None, kid: str | None = None, **changes: Any) -> str:
        header = {"alg": "RS256", "kid": kid or self.key.thumbprint()}
        return jwt.encode(header, self.claims(**changes), key or self.key)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class ServerThread:
    """An ASGI application, served on a port until it is stopped."""

    def __init__(self, app: Any, port: int) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
