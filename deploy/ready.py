"""Whether the process of this container does its work: exit code 0 when `/readyz` says so.

Usage: `python ready.py PORT`. Standard library only: it is run every few seconds.
"""

import http.client
import sys

_TIMEOUT_SECONDS = 2.5


def main() -> int:
    """Ask, and say by the exit code."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
