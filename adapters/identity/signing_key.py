"""The development issuer's signing key, kept so that tokens outlive a restart."""

import os
from pathlib import Path

from joserfc.jwk import KeyParameters, RSAKey

_BITS = 2048


def load_or_create_signing_key(path: Path) -> RSAKey:
    """The key in the file, made if there is none; only we may read the file."""
    try:
        return RSAKey.import_key(path.read_bytes(), _parameters())
    except FileNotFoundError:
        key = RSAKey.generate_key(_BITS, _parameters())
        _write_whole(path, key.as_pem(private=True))
        return RSAKey.import_key(path.read_bytes(), _parameters())


def _parameters() -> KeyParameters:
    return {"use": "sig", "alg": "RS256"}


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that nobody ever sees half a key, however we are interrupted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
