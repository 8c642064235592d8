"""The account that PostgreSQL runs under when we are root, which it refuses to be."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import structlog

from adapters.embedded.errors import EmbeddedServerError

NAME = "pgserver"

_log = structlog.get_logger(__name__)


class SystemUser(msgspec.Struct, frozen=True):
    """An account of the operating system."""

    name: str
    uid: int
    gid: int

    def as_subprocess_arguments(self) -> dict[str, Any]:
        """What makes `subprocess` start a program as this user and no other group."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def unprivileged_user() -> SystemUser | None:
    """None when we are an ordinary user; for root an account without rights, made if missing."""
    if os.geteuid() != 0:
        return None
    entry = _look_up(NAME) or _create(NAME) or _look_up("nobody")
    if entry is None:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root; create an account {NAME!r} for it"
        )
    return SystemUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def let_through(path: Path) -> None:
    """Let other accounts pass (not list) the folders above `path`: the server's files are below."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            _log.warning("folder_opened_for_passage", folder=str(folder), account=NAME)
            folder.chmod(mode | stat.S_IXOTH)


def _look_up(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create(name: str) -> pwd.struct_passwd | None:
    program = shutil.which("useradd")
    if program is None:
        return None
    # Its failure shows in the look-up: of two that try at once, the later finds the account there.
    made = subprocess.run(
        [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        check=False,
        capture_output=True,
        text=True,
    )
    entry = _look_up(name)
    if entry is None:
        _log.warning("account_not_created", account=name, reason=made.stderr.strip())
    return entry
