"""Intake: many callers' submissions become one append (group commit).

While one append commits, and for a few milliseconds after a small one, the next page collects; so
the busier it is, the larger the pages, and a lone submission waits for nobody.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import psycopg
import structlog
from psycopg import Connection

from adapters.ledger.append import Append, AppendStatements, append_statements, open_append
from adapters.ledger.claims import Answer, Candidate, Claims
from adapters.ledger.codec import TOPICS, encode_metadata, encode_state
from adapters.ledger.pace import Pace
from adapters.ledger.rows import LogRow, PreparedRow, prepare
from adapters.observability.metrics import (
    APPEND_SECONDS,
    EVENTS_APPENDED,
    INTAKE_PAGE_SIZE,
    INTAKE_QUEUE_DEPTH,
)
from commands.ports import Accepted, IntakeFull, LedgerUnavailable, Refused, Submission
from domain.kernel.streams import StreamKind, stream_id
from domain.reference.business_day import BusinessDay

RETRY_AFTER_SECONDS: Final = 1
_CONNECT_TIMEOUT_SECONDS: Final = 5
log = structlog.get_logger()


class Ticket:
    """One caller's submissions, and its wait for their answers."""

    __slots__ = ("answers", "future", "loop", "submissions", "taken")

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self.submissions = submissions
        self.answers: list[Accepted | Refused] = []
        self.taken = 0
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[list[Accepted | Refused]] = self.loop.create_future()


Slice = tuple[Ticket, int, int]


class GroupCommitIntake:
    """`commands.ports.Intake`: a bounded queue and one thread that appends from it."""

    def __init__(
        self,
        database_url: str,
        *,
        segment: str,
        calendar: str,
        queue_limit: int,
        page_limit: int,
        interval_seconds: float,
    ) -> None:
        self._database_url = database_url
        self._day_stream = stream_id(segment, StreamKind.DAY, calendar)
        self._queue_limit = queue_limit
        self._page_limit = page_limit
        self._statements: AppendStatements = append_statements(segment)
        self._claims = Claims(segment)
        self._queue: deque[Ticket] = deque()
        self._pace = Pace(interval_seconds)
        self._depth = 0
        self._queued = 0
        self._closing = False
        self._condition = threading.Condition()
        self._connection: Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Start the appending thread."""
        self._thread.start()

    def close(self, timeout_seconds: float = 30.0) -> None:
        """Take no more, append what is queued, and stop."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join(timeout_seconds)

    @property
    def depth(self) -> int:
        """Submissions that are queued or being appended."""
        return self._depth

    async def submit(self, submissions: Sequence[Submission]) -> list[Accepted | Refused]:
        """See `commands.ports.Intake.submit`."""
        if not submissions:
            return []
        with self._condition:
            if self._closing or self._depth + len(submissions) > self._queue_limit:
                raise IntakeFull(RETRY_AFTER_SECONDS)
            ticket = Ticket(submissions)
            self._queue.append(ticket)
            self._depth += len(submissions)
            self._queued += len(submissions)
            # Whoever comes while the next page collects wakes nobody, unless it fills the page.
            if len(self._queue) == 1 or self._queued >= self._page_limit:
                self._condition.notify()
        return await ticket.future

    def _run(self) -> None:
        while (page := self._take_page()) is not None:
            INTAKE_PAGE_SIZE.observe(_size(page))
            self._serve(page)
        self._disconnect()

    def _serve(self, page: list[Slice]) -> None:
        """Append a page and answer its callers."""
        error: Exception | None = None
        answers: list[Accepted | Refused] = []
        try:
            answers = self._append_page(page)
        except (
            psycopg.OperationalError,
            psycopg.InterfaceError,
            psycopg.InternalError,
        ) as failure:
            error = LedgerUnavailable(f"the ledger's database does not answer: {failure}")
            log.error("append failed", error=str(failure), submissions=_size(page))
            self._disconnect()
        except Exception as failure:
            # A bug, not an outage: only the caller whose submissions bring it out may suffer.
            log.exception("append failed", submissions=_size(page))
            self._disconnect()
            if len(page) > 1:
                for part in page:
                    self._serve([part])
                return
            error = failure
        self._release(page, error)
        _answer(page, answers, error)

    def _release(self, page: list[Slice], error: Exception | None) -> None:
        """Make room in the queue; who was told of a failure has nothing appended after it."""
        with self._condition:
            self._depth -= _size(page)
            ticket = page[-1][0]
            rest = len(ticket.submissions) - ticket.taken
            if error is not None and rest and self._queue and self._queue[0] is ticket:
                self._queue.popleft()
                self._depth -= rest
                self._queued -= rest
            INTAKE_QUEUE_DEPTH.set(self._depth)

    def _take_page(self) -> list[Slice] | None:
        """The next page, waiting for one; None when closed and empty."""
        with self._condition:
            while not self._queue:
                if self._closing:
                    return None
                self._condition.wait()
            while (pause := self._pace.remaining()) and self._queued < self._page_limit:
                if self._closing:
                    break
                self._condition.wait(pause)
            page: list[Slice] = []
            room = self._page_limit
            while self._queue and room:
                ticket = self._queue[0]
                start = ticket.taken
                ticket.taken = stop = min(len(ticket.submissions), start + room)
                room -= stop - start
                page.append((ticket, start, stop))
                if stop == len(ticket.submissions):
                    self._queue.popleft()
            size = _size(page)
            self._queued -= size
            self._pace.begin(size)
            return page

    def _append_page(self, page: Sequence[Slice]) -> list[Accepted | Refused]:
        candidates = [
            Candidate(submission, encode_state(submission.event))
            for ticket, start, stop in page
            for submission in ticket.submissions[start:stop]
        ]
        rows = prepare(_rows(candidates))
        with (
            APPEND_SECONDS.labels("intake").time(),
            open_append(self._connect(), self._statements) as append,
        ):
            return self._append(append, candidates, rows)

    def _append(
        self, append: Append, page: list[Candidate], rows: list[PreparedRow]
    ) -> list[Accepted | Refused]:
        answers: list[Answer | None] = [None] * len(page)
        business_date = append.business_date(self._day_stream)
        day = None
        if business_date is not None:
            day = BusinessDay(business_date=business_date, is_open=True)
        claims = self._claims
        # What is in the ledger already comes first: a retry is never too late.
        repeated = claims.answer_known_streams(append.cursor, page, answers)
        lost = claims.refuse_trade_dates(append.cursor, page, answers, repeated, day)
        skip = repeated.keys() | lost.keys()
        lost |= claims.claim_business_keys(append.cursor, page, answers, skip, day)
        winners = [
            index
            for index, answer in enumerate(answers)
            if answer is None and index not in repeated and index not in lost
        ]
        positions = append.write([rows[index] for index in winners])
        EVENTS_APPENDED.labels("intake").inc(len(positions))
        for index, position in zip(winners, positions, strict=True):
            answers[index] = Accepted(page[index].submission.stream, position)
        holders = claims.positions_of(append.cursor, list(set(lost.values())))
        for index, stream in lost.items():
            answers[index] = Accepted(stream, holders[stream], replayed=True)
        return _settled(answers, repeated)

    def _connect(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._database_url,
                autocommit=True,
                connect_timeout=_CONNECT_TIMEOUT_SECONDS,
                application_name="clearing intake",
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._claims.forget_partitions()


def _size(page: Sequence[Slice]) -> int:
    return sum(stop - start for _, start, stop in page)


def _rows(page: Sequence[Candidate]) -> Iterator[LogRow]:
    metadata: dict[int, bytes] = {}
    for submission, state in page:
        instruction = submission.instruction
        encoded = metadata.get(id(instruction))
        if encoded is None:
            encoded = metadata[id(instruction)] = encode_metadata(instruction)
        yield LogRow(submission.stream, 1, TOPICS[type(submission.event)], state, None, encoded)


def _settled(
    answers: Sequence[Answer | None], repeated: dict[int, int]
) -> list[Accepted | Refused]:
    """Every answer: a repetition within the page gets that of the first."""
    final: list[Accepted | Refused] = []
    for index, answer in enumerate(answers):
        if answer is not None:
            final.append(answer)
            continue
        first = answers[repeated[index]]
        assert first is not None
        final.append(
            msgspec.structs.replace(first, replayed=True) if isinstance(first, Accepted) else first
        )
    return final


def _answer(
    page: Sequence[Slice], answers: Sequence[Accepted | Refused], error: Exception | None
) -> None:
    """Hand the answers to the callers' event loops, one call for each loop and page."""
    offset = 0
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, Exception | None]]] = {}
    for ticket, start, stop in page:
        if error is None:
            ticket.answers.extend(answers[offset : offset + stop - start])
        offset += stop - start
        if error is not None or len(ticket.answers) == len(ticket.submissions):
            by_loop.setdefault(ticket.loop, []).append((ticket, error))
    for loop, tickets in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, tickets)


def _resolve(tickets: Sequence[tuple[Ticket, Exception | None]]) -> None:
    for ticket, error in tickets:
        if ticket.future.done():
            continue
        if error is not None:
            ticket.future.set_exception(error)
        else:
            ticket.future.set_result(ticket.answers)
