"""Who calls: the bearer token of a request (RFC 6750)."""

from adapters.http.problems import Problem
from adapters.http.services import Verifier
from adapters.identity import Caller

_SCHEME = "bearer"


async def authenticate(verifier: Verifier, headers: dict[bytes, bytes]) -> Caller:
    """The caller; raises a `Problem` without a token, and what the verifier raises."""
    header = headers.get(b"authorization")
    if header is None:
        raise _unauthenticated("a bearer token is needed: Authorization: Bearer …")
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise _unauthenticated("the Authorization header holds no bearer token")
    return await verifier.verify(token.strip())


def _unauthenticated(detail: str) -> Problem:
    # Without `error`: RFC 6750 §3.1 leaves it out where no token was sent.
    challenge = {"WWW-Authenticate": 'Bearer realm="clearing"'}
    return Problem(401, "UNAUTHENTICATED", detail, headers=challenge)
