"""What the benchmarks share: a database of their own, reference data, and trades to submit."""

import random
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from adapters.embedded import EmbeddedPostgres
from adapters.ledger.application import Ledger, open_ledger
from adapters.ledger.migrate import migrate
from commands.instruction_ids import KeyScope, instruction_ids
from commands.ports import Instruction, Submission
from domain.clearing.trade import TradeSubmitted
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.ledger.account import AccountKind, AccountOpened
from domain.reference.business_day import BusinessDateOpened
from domain.reference.instrument import InstrumentListed, SettlementModel
from domain.reference.participant import ParticipantRegistered
from domain.settlement.transfer import TransferKind, TransferSubmitted

SEGMENT = "us"
CALENDAR = "XNYS"
INSTRUCTION = Instruction(
    actor="0b0f7f3e-5b5e-4a43-9d2f-7d0f6f0e8a11", correlation_id="benchmark", source="http"
)
HOLDING = 10**9
CASH = 10**14


@contextmanager
def database(folder: Path | None = None) -> Iterator[tuple[EmbeddedPostgres, str]]:
    """A migrated database on a server of its own, with fsync on; removed afterwards."""
    directory = folder or Path(tempfile.mkdtemp(prefix="clearing-benchmark-"))
    try:
        with EmbeddedPostgres(directory) as server:
            migrate(server.owner_url(), segment=SEGMENT)
            yield server, server.application_url()
    finally:
        if folder is None:
            shutil.rmtree(directory, ignore_errors=True)


def stream(kind: StreamKind, identifier: str) -> str:
    return stream_id(SEGMENT, kind, identifier)


def account_ids(count: int) -> list[str]:
    return [f"ACC{100 + number}" for number in range(count)]


def reference_events(accounts: int) -> Iterator[tuple[str, Event]]:
    """One event for each of their streams."""
    yield (
        stream(StreamKind.DAY, CALENDAR),
        BusinessDateOpened(business_date=date(2026, 1, 5)),
    )
    yield stream(StreamKind.PARTICIPANT, "HOUSE"), ParticipantRegistered(name="House")
    for number in range(20):
        yield (
            stream(StreamKind.PARTICIPANT, f"BROKER{number:02d}"),
            ParticipantRegistered(name=f"Broker {number}"),
        )
    yield (
        stream(StreamKind.INSTRUMENT, "AAPL"),
        InstrumentListed(
            isin="US0378331005",
            name="Apple Inc.",
            currency="USD",
            lot_size=1,
            tick_size=Decimal("0.01"),
            settlement_model=SettlementModel.GROSS,
            cycle_days=0,
            mic="XNAS",
        ),
    )
    for account_id, kind in (("BANK.USD", AccountKind.BANK), ("ISSUER.AAPL", AccountKind.ISSUER)):
        yield (
            stream(StreamKind.ACCOUNT, account_id),
            AccountOpened(participant_id="HOUSE", clearing_member_id="HOUSE", kind=kind),
        )
    for number, account_id in enumerate(account_ids(accounts)):
        broker = f"BROKER{number % 20:02d}"
        yield (
            stream(StreamKind.ACCOUNT, account_id),
            AccountOpened(
                participant_id=broker, clearing_member_id=broker, kind=AccountKind.OMNIBUS
            ),
        )


def load_reference_data(database_url: str, accounts: int) -> None:
    with open_ledger(database_url, segment=SEGMENT) as ledger:
        _append(ledger, list(reference_events(accounts)))


def _append(ledger: Ledger, events: Sequence[tuple[str, Event]]) -> None:
    for target, event in events:
        ledger.append(target, 0, [event])


def new_ids(count: int) -> list[str]:
    """Ids as the platform gives them to requests without an idempotency key."""
    scope = KeyScope(segment=SEGMENT, caller=INSTRUCTION.actor, route="benchmark")
    return instruction_ids(scope, None, count)


def opening_transfers(accounts: int) -> list[Submission]:
    """Shares and cash for every account."""
    submissions = []
    fresh = iter(new_ids(2 * accounts))
    for account_id in account_ids(accounts):
        for asset, source, kind, amount in (
            ("AAPL", "ISSUER.AAPL", TransferKind.ISSUANCE, HOLDING),
            ("USD", "BANK.USD", TransferKind.DEPOSIT, CASH),
        ):
            submissions.append(
                Submission(
                    stream=stream(StreamKind.TRANSFER, next(fresh)),
                    event=TransferSubmitted(
                        kind=kind,
                        asset=asset,
                        amount=amount,
                        from_account_id=source,
                        to_account_id=account_id,
                    ),
                    instruction=INSTRUCTION,
                )
            )
    return submissions


def trades(count: int, accounts: int, *, seed: int, hottest: bool = False) -> list[Submission]:
    """Trades that all settle: between random accounts, or all sold from one."""
    rng = random.Random(seed)
    ids = account_ids(accounts)
    submissions = []
    for identifier in new_ids(count):
        seller = ids[0] if hottest else rng.choice(ids)
        buyer = rng.choice(ids)
        while buyer == seller:
            buyer = rng.choice(ids)
        submissions.append(
            Submission(
                stream=stream(StreamKind.TRADE, identifier),
                event=TradeSubmitted(
                    instrument_id="AAPL",
                    buyer_account_id=buyer,
                    seller_account_id=seller,
                    quantity=rng.randint(1, 500),
                    price=Decimal(rng.randint(15_000, 25_000)).scaleb(-2),
                ),
                instruction=INSTRUCTION,
            )
        )
    return submissions


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
