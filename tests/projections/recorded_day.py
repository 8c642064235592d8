"""A real log for tests: decisions of the domain, appended as intake and the worker append them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid5

import psycopg

from adapters.ledger.append import append_statements, open_append
from adapters.ledger.codec import TOPICS, encode_state
from adapters.ledger.rows import LogRow, prepare
from domain.clearing.clear_trade import clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSubmitted
from domain.kernel.event import Event
from domain.ledger.account import AccountKind, AccountSuspended
from domain.ledger.administration import AccountSuspensionRequested
from domain.reference.business_day import BusinessDateClosed, BusinessDateOpened
from domain.reference.instrument import InstrumentSuspended
from domain.reference.participant import ParticipantSuspended
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import TransferKind, TransferSubmitted
from tests.builders import (
    MONDAY,
    REASON,
    SEGMENT,
    TUESDAY,
    a_listed_instrument,
    a_participant,
    a_submitted_trade,
    a_submitted_transfer,
    an_opened_account,
    of,
)

_NAMES = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
ACTOR = "venue-1"


def an_id(name: str) -> UUID:
    """The same id for the same name, in every test."""
    return uuid5(_NAMES, name)


class RecordedDay:
    """Appends events and instructions to the log of a database, as a context manager."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._statements = append_statements(SEGMENT)
        self._versions: dict[str, int] = {}
        self.house = ClearingHouse(SEGMENT)
        self.head = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def record(self, *events: tuple[str, Event], metadata: bytes | None = None) -> int:
        """Append events as they are, in one transaction; returns the last position."""
        rows = []
        for stream, event in events:
            self.house.evolve(stream, event)
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            topic = TOPICS[type(event)]
            rows.append(LogRow(stream, version, topic, encode_state(event), None, metadata))
        return self._append(rows)

    def record_raw(self, topic: str, state: bytes) -> int:
        """Append something that is not an event of ours."""
        return self._append([LogRow(of("trade", str(an_id(topic))), 1, topic, state)])

    def _append(self, rows: Sequence[LogRow]) -> int:
        with open_append(self._connection, self._statements) as append:
            self.head = append.write(prepare(rows))[-1]
        return self.head

    def submit_trade(self, name: str, **terms: Any) -> str:
        """Record a submission alone; returns its stream."""
        stream = of("trade", str(an_id(name)))
        metadata = f'{{"actor":"{ACTOR}","correlation":"c","source":"http"}}'.encode()
        self.record((stream, a_submitted_trade(**terms)), metadata=metadata)
        return stream

    def trade(self, name: str, **terms: Any) -> UUID:
        """Submit a trade and decide it; returns its id."""
        stream = self.submit_trade(name, **terms)
        trade = a_submitted_trade(**terms)
        assert isinstance(trade, TradeSubmitted)
        self.record(*clear_trade(self.house, stream, trade))
        return an_id(name)

    def transfer(self, name: str, kind: TransferKind, **terms: Any) -> UUID:
        """Submit a transfer and decide it; returns its id."""
        stream = of("transfer", str(an_id(name)))
        transfer = a_submitted_transfer(kind, **terms)
        assert isinstance(transfer, TransferSubmitted)
        self.record((stream, transfer))
        self.record(*settle_transfer(self.house, stream, transfer))
        return an_id(name)

    def open_market(self) -> None:
        """Monday; ACC100 holds 1,000,000.00 dollars, ACC200 holds 1,000 AAPL."""
        self.record(
            (of("day", "US"), BusinessDateOpened(business_date=MONDAY)),
            (of("participant", "HOUSE"), a_participant()),
            (of("participant", "BROKER100"), a_participant(name="Broker 100")),
            (of("participant", "BROKER200"), a_participant(name="Broker 200")),
            (of("instrument", "AAPL"), a_listed_instrument()),
            (of("account", "BANK"), an_opened_account("HOUSE", kind=AccountKind.BANK)),
            (of("account", "ISSUER"), an_opened_account("HOUSE", kind=AccountKind.ISSUER)),
            (of("account", "ACC100"), an_opened_account("BROKER100", cash_limits={"USD": 5_00})),
            (of("account", "ACC200"), an_opened_account("BROKER200")),
        )
        self.transfer("cash", TransferKind.DEPOSIT, amount=1_000_000_00)
        self.transfer("shares", TransferKind.ISSUANCE, amount=1_000)

    def next_day(self, closed: date = MONDAY, opened: date = TUESDAY) -> None:
        """Close a business date and open the next."""
        day = of("day", "US")
        self.record((day, BusinessDateClosed(business_date=closed)))
        self.record((day, BusinessDateOpened(business_date=opened)))

    def suspend_account(self, account_id: str) -> None:
        """A request, and what the worker makes of it."""
        request = of("administration", str(an_id(f"suspend {account_id}")))
        self.record(
            (request, AccountSuspensionRequested(account_id=account_id, reason_digest=REASON))
        )
        cause = request.partition(":")[2]
        self.record((of("account", account_id), AccountSuspended(cause=cause)))

    def eventful(self) -> None:
        """A market, two days, and one of everything that may happen."""
        self.open_market()
        for number in range(5):
            self.trade(f"settled {number}", quantity=10 + number)
        self.trade("oversold", quantity=10_000)
        self.trade("unknown", buyer_account_id="NOBODY")
        self.transfer("withdrawal", TransferKind.WITHDRAWAL)
        self.transfer("overdrawn", TransferKind.TRANSFER, amount=10**12)
        self.next_day()
        self.trade("on tuesday", price=Decimal("151.50"), trade_date=MONDAY)
        self.suspend_account("ACC200")
        self.record((of("instrument", "AAPL"), InstrumentSuspended(reason_digest=REASON)))
        self.record((of("participant", "BROKER200"), ParticipantSuspended(reason_digest=REASON)))
        self.trade("suspended")
        self.submit_trade("waiting")
