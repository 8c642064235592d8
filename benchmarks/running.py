"""What the benchmarks over HTTP share: a running platform with a thousand accounts, and trades."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import psycopg

from adapters.cli.data_folder import DataFolder
from adapters.cli.platform import Platform
from adapters.cli.ports import with_free_ports
from adapters.cli.seed import last_weekday, seed
from adapters.demo.development import (
    cash_deposit,
    development_reference_data,
    issuance,
)
from adapters.demo.seeding import Opening
from adapters.demo.story import ReferenceData, StoryAccount
from adapters.ledger.schema import schema_name
from adapters.observability.logging import configure_logging
from adapters.settings import Settings
from domain.ledger.account import AccountKind

CASH = Decimal("100000000000.00")
SHARES = 100_000_000
DRAIN_SECONDS_MAXIMUM = 600.0


def account_ids(count: int) -> list[str]:
    return [f"ACC{number:06d}" for number in range(count)]


def _opening(accounts: int) -> Opening:
    """The development instruments, and accounts of which each can trade for a very long time."""
    base = development_reference_data()
    brokers = [each.participant_id for each in base.participants if "BROKER" in each.participant_id]
    members = tuple(
        StoryAccount(
            account_id=account_id,
            participant_id=brokers[number % len(brokers)],
            kind=AccountKind.OMNIBUS,
        )
        for number, account_id in enumerate(account_ids(accounts))
    )
    house = tuple(each for each in base.accounts if not each.account_id.startswith("ACC"))
    return Opening(
        reference=ReferenceData(
            participants=base.participants,
            instruments=base.instruments,
            accounts=house + members,
        ),
        balances=tuple(
            balance
            for each in members
            for balance in (
                cash_deposit(each.account_id, CASH),
                *(issuance(share, each.account_id, SHARES) for share in base.instruments),
            )
        ),
        business_date=last_weekday(datetime.now(UTC).date()),
    )


@contextmanager
def platform(accounts: int) -> Iterator[Platform]:
    """A platform of its own, as `clearing up` runs it, fsync on; removed afterwards.

    Only the limit of what one caller may submit is higher: the load comes from one caller.
    """
    folder = Path(tempfile.mkdtemp(prefix="clearing-benchmark-"))
    settings = with_free_ports(
        Settings(
            data_directory=folder,
            rate_limit_per_second=1_000_000,
            rate_limit_burst=1_000_000,
            log_level="warning",
        )
    )
    configure_logging(msgspec.structs.replace(settings, log_level="error"), process="benchmark")
    try:
        opening = _opening(accounts)
        with Platform(settings, prepare=lambda full: _prepare(full, opening)) as running:
            wait_until_drained(running, last_instruction(running))
            yield running
    finally:
        DataFolder(folder).remove()


def _prepare(settings: Settings, opening: Opening) -> None:
    seed(settings, opening)


def token(running: Platform, user: str = "user") -> str:
    answer = httpx.post(
        f"{running.issuer_url}/protocol/openid-connect/token",
        data={
            "grant_type": "password",
            "client_id": "clearing-client",
            "client_secret": "secret",
            "username": user,
            "password": "password",
        },
        trust_env=False,
    )
    answer.raise_for_status()
    found: str = answer.json()["access_token"]
    return found


def trades(count: int, accounts: int, *, seed: int) -> list[dict[str, Any]]:
    """Trades that all settle, between random accounts, as a request has them."""
    rng = random.Random(seed)
    ids = account_ids(accounts)
    elements = []
    for _ in range(count):
        buyer, seller = rng.sample(ids, 2)
        elements.append(
            {
                "instrumentId": rng.choice(("AAPL", "GE", "MSFT")),
                "buyerAccountId": buyer,
                "sellerAccountId": seller,
                "quantity": rng.randint(1, 500),
                "price": f"{rng.randint(15_000, 25_000) / 100:.2f}",
            }
        )
    return elements


def batches(elements: Sequence[dict[str, Any]], size: int) -> list[bytes]:
    return [
        msgspec.json.encode(elements[start : start + size])
        for start in range(0, len(elements), size)
    ]


def log_head(running: Platform) -> int:
    return _scalar(running, "SELECT coalesce(max(notification_id), 0) FROM {}.ledger_events")


def settled_trades(running: Platform) -> int:
    """Trades that the read model shows as settled."""
    return _scalar(
        running,
        "SELECT count(*) FROM {0}.trades t JOIN {0}.settlements s ON s.instruction_id = t.trade_id"
        " WHERE s.ledger_position IS NOT NULL",
    )


def last_instruction(running: Platform) -> int:
    """The position of the last trade or transfer that was submitted."""
    return _scalar(
        running,
        "SELECT notification_id FROM {}.ledger_events"
        " WHERE topic IN ('TradeSubmitted.v1', 'TransferSubmitted.v1')"
        " ORDER BY notification_id DESC LIMIT 1",
    )


def wait_until_drained(running: Platform, accepted_until: int) -> float:
    """Until the worker has decided that position, and every read model has what came of it.

    The instant at which that was seen, by `time.perf_counter()`, to about 5 ms.
    """
    schema = schema_name(running.settings.segment)
    follower = f"SELECT min(notification_id) FROM {schema}.ledger_tracking WHERE application_name"
    query = (
        f"SELECT (SELECT max(notification_id) FROM {schema}.ledger_events),"
        f" coalesce(({follower} = 'clearing-worker'), 0),"
        f" coalesce(({follower} <> 'clearing-worker'), 0)"
    )
    deadline = time.monotonic() + DRAIN_SECONDS_MAXIMUM
    with psycopg.connect(running.settings.database_url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(query, prepare=True).fetchone()
            assert row is not None
            head, decided, projected = row
            # Once all is decided nobody appends any more, and the head is the end.
            if decided >= accepted_until and projected >= head:
                return time.perf_counter()
            time.sleep(0.005)
    raise TimeoutError("the read models did not reach the end of the log")


def cpu_seconds(running: Platform) -> dict[str, float]:
    """Processor time that each process has used so far; PostgreSQL's all together."""
    pid_file = running.settings.data_directory / "postgres" / "postmaster.pid"
    postmaster = psutil.Process(int(pid_file.read_text().split("\n")[0]))
    used = {name: _used(psutil.Process(pid)) for name, pid in running.children.items()}
    used["PostgreSQL"] = sum(map(_used, [postmaster, *postmaster.children(recursive=True)]))
    used["load generator"] = _used(psutil.Process())
    return used


def cpu_line(before: dict[str, float], after: dict[str, float], trades: int) -> str:
    """What a trade cost each process, in microseconds."""
    costs = {name: (after[name] - before[name]) / trades * 1e6 for name in before}
    shown = ", ".join(f"{name} {cost:.0f}" for name, cost in costs.items() if cost >= 0.5)
    return f"processor time a trade, in µs: {shown}; in all {sum(costs.values()):.0f}"


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _scalar(running: Platform, statement: str) -> int:
    query = statement.format(schema_name(running.settings.segment))
    with psycopg.connect(running.settings.database_url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
