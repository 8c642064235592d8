"""The issuer's public signing keys, fetched when needed and kept."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import structlog
from joserfc import jwk
from joserfc.errors import JoseError

from adapters.identity.errors import IdentityUnavailable

Key = jwk.RSAKey | jwk.ECKey | jwk.OKPKey

# An unknown key id is usually a rotation, but may be somebody who makes ids up.
_FETCH_INTERVAL_SECONDS = 10.0
# A key that the issuer withdrew is forgotten after so long.
_KEEP_SECONDS = 600.0
_FETCH_TIMEOUT_SECONDS = 3.0

_log = structlog.get_logger(__name__)


class _KeyList(msgspec.Struct):
    keys: list[dict[str, Any]]


class KeyDirectory:
    """Finds a key by its id; concurrent callers share one fetch."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS)
        self._keys: dict[str, Key] = {}
        self._fetched_at: float | None = None
        self._fetch: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> Key | None:
        """The signing key of this id; none when the issuer has no such key.

        Raises:
            IdentityUnavailable: the id is unknown, and the issuer does not answer.
        """
        key = self._keys.get(key_id)
        if key is None and self._age() >= _FETCH_INTERVAL_SECONDS:
            await asyncio.shield(self._shared_fetch())
            return self._keys.get(key_id)
        if self._age() >= _KEEP_SECONDS:
            # Not waited for: while the issuer is away, the keys we have go on being good.
            self._shared_fetch().add_done_callback(_report_failure)
        return key

    async def close(self) -> None:
        """Close the connections."""
        if self._fetch is not None and not self._fetch.done():
            self._fetch.cancel()
        await self._client.aclose()

    def _age(self) -> float:
        """Seconds since the last fetch that succeeded: a failed one does not start the throttle."""
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _shared_fetch(self) -> asyncio.Task[None]:
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._fetch_keys())
        return self._fetch

    async def _fetch_keys(self) -> None:
        try:
            response = await self._client.get(self._url)
            response.raise_for_status()
            listed = msgspec.json.decode(response.content, type=_KeyList).keys
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise IdentityUnavailable(f"the issuer's keys cannot be read: {error}") from error
        self._keys = _signing_keys(listed)
        self._fetched_at = self._clock()
        _log.info("issuer_keys_fetched", key_ids=sorted(self._keys))


def _signing_keys(listed: list[dict[str, Any]]) -> dict[str, Key]:
    found = {}
    for fields in listed:
        key_id = fields.get("kid")
        if fields.get("use") != "sig" or not isinstance(key_id, str):
            continue
        try:
            key = jwk.import_key(fields)
        except (JoseError, ValueError, KeyError) as error:
            _log.warning("issuer_key_unreadable", key_id=key_id, reason=str(error))
            continue
        # A shared secret among public keys would let everybody sign.
        if isinstance(key, Key):
            found[key_id] = key
    return found


def _report_failure(fetch: asyncio.Task[None]) -> None:
    if not fetch.cancelled() and (error := fetch.exception()) is not None:
        _log.warning("issuer_keys_not_refreshed", reason=str(error))
