"""Reading a request's body: its type, its size, its bytes."""

from typing import Final

from litestar.types import Receive

from adapters.http.problems import Problem

_UTF8_NAMES: Final = frozenset({"utf-8", "utf8", "us-ascii"})


def media_type(headers: dict[bytes, bytes], accepted: tuple[str, ...]) -> str:
    """The body's media type, one of `accepted`; raises a `Problem` with 415 otherwise."""
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if encoding != "identity":
        raise _unsupported(f"the content encoding {encoding!r} is not taken: send it as it is")
    kind, _, parameters = headers.get(b"content-type", b"").decode("latin-1").partition(";")
    kind = kind.strip().lower()
    if kind not in accepted:
        raise _unsupported(f"the body is to be {' or '.join(accepted)}")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in _UTF8_NAMES:
            raise _unsupported("JSON is UTF-8 (RFC 8259)")
    return kind


async def read_body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    """The body's bytes; raises a `Problem` with 413 as soon as it is more than `limit`."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "INVALID_REQUEST", "the connection ended before the body did")
        part = message["body"]
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        if not message["more_body"]:
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _unsupported(detail: str) -> Problem:
    return Problem(415, "UNSUPPORTED_MEDIA_TYPE", detail)


def _too_large(limit: int) -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"a body here has at most {limit} bytes")
