"""Starting, finding and stopping a server's process, whether we started it or found it running."""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
import structlog

from adapters.embedded.errors import EmbeddedServerError
from adapters.embedded.system_user import SystemUser

# 107 bytes on Linux, 103 on macOS, less the longest name of a socket in the folder.
_SOCKET_DIRECTORY_LENGTH_MAXIMUM = 80
_LOG_TAIL_LINES = 15

_log = structlog.get_logger(__name__)


def runtime_directory(data_directory: Path) -> Path:
    """The folder of the servers' sockets: inside the data folder, or a short one outside it.

    The address of a Unix socket has room for about a hundred bytes, and a data folder may be deep;
    so may the user's folder for temporary files, and then it is below `/tmp`.
    """
    inside = data_directory.resolve() / "run"
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    name = f"clearing-{os.geteuid()}-{digest}"
    beside = Path(tempfile.gettempdir()) / name
    for candidate in (inside, beside):
        if len(os.fsencode(candidate)) <= _SOCKET_DIRECTORY_LENGTH_MAXIMUM:
            return candidate
    return Path("/tmp") / name  # noqa: S108 (the folder is made private, or refused)


def remove_runtime_directory(data_directory: Path) -> None:
    """Remove the sockets' folder of a server that has stopped."""
    path = runtime_directory(data_directory)
    if path.exists():
        shutil.rmtree(path)


def private_directory(path: Path, owner: SystemUser | None) -> Path:
    """Make `path` a folder that only `owner` (else we ourselves) may enter.

    Raises:
        EmbeddedServerError: it is somebody else's, or it cannot be made.
    """
    uid = owner.uid if owner else os.geteuid()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
            raise EmbeddedServerError(
                f"{path} belongs to somebody else; choose another data folder"
            )
        if owner and found.st_uid != uid:
            os.chown(path, owner.uid, owner.gid)
        path.chmod(0o700)
    except OSError as error:
        raise EmbeddedServerError(f"cannot use the folder {path}: {error.strerror}") from error
    return path


def spawn(
    command: Sequence[str | Path],
    *,
    directory: Path,
    log_file: Path,
    user: SystemUser | None,
    environment: Mapping[str, str] | None = None,
) -> psutil.Popen:
    """Start a server in its own session, so that Ctrl-C reaches us and not the server.

    We stop it last, when nobody writes to it any more.
    """
    with log_file.open("ab") as log:
        return psutil.Popen(
            [str(part) for part in command],
            cwd=directory,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **(environment or {})},
            stdin=None,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **(user.as_subprocess_arguments() if user else {}),
        )


def find_process(pid: int, program: str) -> psutil.Process | None:
    """The running process `pid` if it is `program`: the number alone may be another's by now."""
    try:
        process = psutil.Process(pid)
        return process if process.name() == program and is_running(process) else None
    except psutil.Error:
        return None


def is_running(process: psutil.Process | None) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return (
            process is not None
            and bool(process.is_running())
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def stop(process: psutil.Process, signals: Sequence[int], *, seconds_each: float) -> None:
    """Send one signal after the other until it is gone.

    Raises:
        EmbeddedServerError: it is still there after the last.
    """
    for number in signals:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        if _ends_within(process, seconds_each):
            return
        _log.warning("process_did_not_stop", pid=process.pid, signal=int(number))
    raise EmbeddedServerError(f"process {process.pid} does not stop")


def _ends_within(process: psutil.Process, seconds: float) -> bool:
    """Whether it ends in time; psutil's own wait would wait for a zombie, which others may keep."""
    deadline = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    if isinstance(process, psutil.Popen):
        process.poll()
    return True


def log_tail(log_file: Path) -> str:
    """The last lines of a server's log, for an error message."""
    try:
        lines = log_file.read_text(errors="replace").splitlines()
    except OSError as error:
        return f"(no log: {error.strerror})"
    return "\n".join(lines[-_LOG_TAIL_LINES:])
