"""Runs a role of the write path that stops itself in the middle of its first COPY into the log.

    python -m tests.adapters.worker.stop_in_copy work
    python -m tests.adapters.worker.stop_in_copy submit TRADE_ID

The process is the real one; only psycopg's `Copy.write` is changed: half of the first rows are
sent, and then it sends itself SIGSTOP. So the append lock is held and the server is inside COPY,
where no timeout of PostgreSQL fires.
"""

import asyncio
import os
import signal
import sys
import threading
from typing import Any, Final

import psycopg

from adapters.bootstrap import WriteSide
from adapters.settings import load_settings
from commands.ports import LedgerUnavailable
from tests.adapters.ledger.support import a_submission

UNAVAILABLE_EXIT: Final = 69
"""EX_UNAVAILABLE of sysexits.h: the first attempt failed, and the retry succeeded."""


def stop_in_first_copy() -> None:
    """Arrange for the process to stop itself once, half through a COPY."""
    write = psycopg.Copy.write
    stopped = False

    def half_then_stop(self: psycopg.Copy, buffer: Any) -> None:
        nonlocal stopped
        data = bytes(buffer)
        if stopped:
            write(self, data)
            return
        stopped = True
        write(self, data[: len(data) // 2])
        # To this very thread: sent to the process, another would take it while this one went on.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        write(self, data[len(data) // 2 :])

    psycopg.Copy.write = half_then_stop  # type: ignore[method-assign]


async def submit(trade_id: str) -> int:
    """Submit one trade under a key, as the API does; again when the first attempt failed."""
    submission = a_submission(trade_id=trade_id, keyed=True)
    async with WriteSide(load_settings(os.environ)) as write_side:
        try:
            await write_side.intake.submit([submission])
        except LedgerUnavailable:
            await write_side.intake.submit([submission])
            return UNAVAILABLE_EXIT
    return 0


def main() -> None:
    """Arm, then run the role."""
    stop_in_first_copy()
    if sys.argv[1] == "submit":
        raise SystemExit(asyncio.run(submit(sys.argv[2])))
    from adapters.cli.main import main as clearing

    clearing()


if __name__ == "__main__":
    main()
