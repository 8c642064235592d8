"""A log as intake and the clearing worker would have written it, by the same decisions, at once."""

from collections.abc import Iterator, Sequence

import psycopg

from adapters.ledger.append import append_statements, open_append
from adapters.ledger.codec import TOPICS, encode_metadata, encode_state
from adapters.ledger.rows import LogRow, prepare
from benchmarks import stage
from commands.ports import Submission
from domain.clearing.clear_trade import Decision, clear_trade
from domain.clearing.house import ClearingHouse
from domain.clearing.trade import TradeSubmitted
from domain.kernel.event import Event
from domain.settlement.settle_transfer import settle_transfer
from domain.settlement.transfer import TransferSubmitted

PAGE = 2_000
METADATA = encode_metadata(stage.INSTRUCTION)


class LogBuilder:
    """Appends in turn a page of submissions and the page of what was decided of them."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._statements = append_statements(stage.SEGMENT)
        self._house = ClearingHouse(stage.SEGMENT)
        self._versions: dict[str, int] = {}
        self.head = 0

    def close(self) -> None:
        self._connection.close()

    def record(self, events: Sequence[tuple[str, Event]]) -> None:
        for stream, event in events:
            self._house.evolve(stream, event)
        self._append([self._row(stream, event) for stream, event in events])

    def submit(self, submissions: Sequence[Submission]) -> None:
        for start in range(0, len(submissions), PAGE):
            page = submissions[start : start + PAGE]
            first = self.head + 1
            self._append([self._row(each.stream, each.event, metadata=METADATA) for each in page])
            self._append(list(self._decide(page, first)))

    def _decide(self, page: Sequence[Submission], first: int) -> Iterator[LogRow]:
        for causation, submission in enumerate(page, first):
            for stream, event in self._decision(submission):
                self._house.evolve(stream, event)
                yield self._row(stream, event, causation=causation)

    def _decision(self, submission: Submission) -> Decision:
        event = submission.event
        if isinstance(event, TradeSubmitted):
            return clear_trade(self._house, submission.stream, event)
        assert isinstance(event, TransferSubmitted)
        return settle_transfer(self._house, submission.stream, event)

    def _row(
        self,
        stream: str,
        event: Event,
        *,
        causation: int | None = None,
        metadata: bytes | None = None,
    ) -> LogRow:
        version = self._versions.get(stream, 0) + 1
        self._versions[stream] = version
        return LogRow(
            stream, version, TOPICS[type(event)], encode_state(event), causation, metadata
        )

    def _append(self, rows: Sequence[LogRow]) -> None:
        with open_append(self._connection, self._statements) as append:
            self.head = append.write(prepare(rows))[-1]


def build_log(database_url: str, *, trades: int, accounts: int, hottest: bool = False) -> int:
    """Reference data, opening balances and `trades` trades that settle; the last position."""
    builder = LogBuilder(database_url)
    try:
        builder.record(list(stage.reference_events(accounts)))
        builder.submit(stage.opening_transfers(accounts))
        for start in range(0, trades, 50_000):
            count = min(50_000, trades - start)
            builder.submit(stage.trades(count, accounts, seed=start + 1, hottest=hottest))
        return builder.head
    finally:
        builder.close()
