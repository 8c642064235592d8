"""TCP ports: free ones, and who holds one that is taken."""

import errno
import socket

import msgspec
import psutil

from adapters.cli.errors import CommandError
from adapters.settings import Settings


def check_port_free(host: str, port: int, purpose: str) -> None:
    """Make sure that we can listen there.

    Raises:
        CommandError: somebody else does; the message names the process where it may be seen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}") from error
            raise CommandError(
                f"port {port} ({purpose}) is taken by {_holder(port)};"
                f" stop it, or choose another port by CLEARING_{purpose}"
            ) from error


def with_free_ports(settings: Settings) -> Settings:
    """The settings with ports that nobody listens on, for a platform beside others."""
    names = ("http_port", "worker_port", "projection_trades_port", "issuer_port")
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {
        name: listener.getsockname()[1] for name, listener in zip(names, listeners, strict=True)
    }
    for listener in listeners:
        listener.close()
    # Empty addresses follow the issuer's port.
    return msgspec.structs.replace(settings, **ports, issuer_url="", issuer_keys_url="")


def _holder(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        is_it = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        if is_it and connection.pid:
            return f"process {connection.pid} ({_name(connection.pid)})"
    return "another process"


def _name(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())[:80]
    except psutil.Error:
        return "unknown"
