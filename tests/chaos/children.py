"""The processes that a chaos run kills: a submitter, and clearing workers."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.bootstrap import WriteSide
from adapters.settings import load_settings
from commands.ports import Accepted, IntakeFull, LedgerUnavailable, Submission
from domain.clearing.trade import TradeSubmitted
from tests.adapters.ledger.support import a_submission

LANES: Final = 4
"""Callers at once, each with its own sequence of trades."""
_NAMESPACE: Final = UUID("5f1d9f3a-0d0e-5a6b-9e53-6f6b0c6e2c11")
_BATCH_MAXIMUM: Final = 120
_PAUSE_SECONDS: Final = 0.05


def work(environ: Mapping[str, str], folder: Path) -> None:
    """`clearing work` in this process."""
    _log_to(folder)
    os.environ.update(environ)
    sys.argv = ["clearing", "work"]
    from adapters.cli.main import main

    main()


def submit(environ: Mapping[str, str], seed: int, accounts: int, folder: Path) -> None:
    """Submit trades until SIGTERM; what is acknowledged is noted in a file of each lane.

    A process that follows one that was killed goes on where the last acknowledgement was noted:
    what was in flight is sent again, with the same ids and contents, as a client would.
    """
    _log_to(folder)
    asyncio.run(_submit(environ, seed, accounts, folder))


def _log_to(folder: Path) -> None:
    """What the processes say of being killed all the time goes to a file."""
    with (folder / "processes.log").open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())


async def _submit(environ: Mapping[str, str], seed: int, accounts: int, folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with WriteSide(load_settings(environ)) as write_side:
        await asyncio.gather(
            *(_lane(write_side, seed, lane, accounts, folder, stop) for lane in range(LANES))
        )


async def _lane(
    write_side: WriteSide, seed: int, lane: int, accounts: int, folder: Path, stop: asyncio.Event
) -> None:
    file = folder / f"lane{lane}"
    index = next_index(file)
    rng = random.Random(os.urandom(8))
    with file.open("ab", buffering=0) as notes:
        while not stop.is_set():
            after = index + rng.randint(1, _BATCH_MAXIMUM)
            batch = [a_trade(seed, lane, number, accounts) for number in range(index, after)]
            try:
                answers = await write_side.intake.submit(batch)
            except (LedgerUnavailable, IntakeFull):
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            streams = [answer.stream for answer in answers if isinstance(answer, Accepted)]
            # One write of a whole line: a kill leaves it there, or not.
            notes.write(f"{after} {' '.join(streams)}\n".encode())
            index = after
            await asyncio.sleep(_PAUSE_SECONDS * rng.random())


def next_index(file: Path) -> int:
    """Where a lane goes on: behind what was noted as acknowledged."""
    lines = file.read_text().splitlines() if file.exists() else []
    return int(lines[-1].split(" ", 1)[0]) if lines else 0


def acknowledged(folder: Path) -> set[str]:
    """The streams that any lane was told are in the ledger."""
    return {
        stream
        for file in folder.glob("lane*")
        for line in file.read_text().splitlines()
        for stream in line.split(" ")[1:]
        if stream
    }


def a_trade(seed: int, lane: int, number: int, accounts: int) -> Submission:
    """The same for the same arguments, in whatever process: a retry is word for word the same.

    Some sell what they do not have, some name no account that exists, and every tenth has a venue
    trade id that the one after it repeats with another idempotency key.
    """
    name = f"{seed}.{lane}.{number}"
    rng = random.Random(name)
    venue_trade_id = None
    if number % 10 < 2:
        venue_trade_id = f"{seed}.{lane}.{number - number % 10}"
        rng = random.Random(venue_trade_id)
    buyer, seller = rng.sample(range(1, accounts + 1), 2)
    buyer_account_id = "NOBODY" if rng.random() < 0.02 else f"ACC{100 * buyer}"
    terms: dict[str, Any] = {
        "instrument_id": "AAPL",
        "buyer_account_id": buyer_account_id,
        "seller_account_id": f"ACC{100 * seller}",
        "quantity": rng.choice([1, 10, 100, 5_000]),
        "price": Decimal(rng.randint(15_000, 25_000)).scaleb(-2),
        "venue_trade_id": venue_trade_id,
    }
    return a_submission(
        TradeSubmitted(**terms),
        trade_id=str(uuid5(_NAMESPACE, name)),
        keyed=True,
        venue_trade_id=venue_trade_id,
    )
