"""What commands need of the world: somewhere to append, and to learn what became of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.event import Event


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked, and under which id: kept once, with the first event that the request leads to.

    `actor` is the opaque subject of the caller's token; no name of a person enters the ledger.
    """

    actor: str
    correlation_id: str
    source: str


class BusinessKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What makes a trade the same trade, whoever's idempotency key it comes with.

    Without a `trade_date` the business date at the time of the append is meant.
    """

    submitter: str
    venue: str
    venue_trade_id: str
    trade_date: date | None


class Submission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An instruction to record: the first event of a new stream.

    `keyed` says that the stream's id comes from an idempotency key, so that it may exist already.
    """

    stream: str
    event: Event
    instruction: Instruction
    keyed: bool = False
    business_key: BusinessKey | None = None


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The instruction is in the ledger, durably, as the first event of `stream` at `position`.

    `replayed` is set when it was there before: the same key, or the same trade, came again.
    """

    stream: str
    position: int
    replayed: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Nothing was recorded; `code` is stable, `detail` says what to do."""

    code: str
    detail: str


class IntakeFull(Exception):
    """The queue has reached its limit; the same request may be sent again after a moment."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("the intake queue is full")
        self.retry_after_seconds = retry_after_seconds


class LedgerUnavailable(Exception):
    """The database does not answer; what was not acknowledged may or may not be in the ledger."""


class Intake(Protocol):
    """Group commit: many callers' submissions become one append."""

    async def submit(self, submissions: Sequence[Submission]) -> list[Accepted | Refused]:
        """Append and answer in order, once it is durable; duplicates never fail their neighbours.

        Refusals: `IDEMPOTENCY_KEY_REUSED`, `VENUE_TRADE_ID_REUSED`, `TRADE_DATE_OUT_OF_WINDOW`.
        Raises `IntakeFull` before anything is queued, and `LedgerUnavailable`.
        """
        ...


Streams = Mapping[str, Sequence[Event]]
"""Events by stream, oldest first; empty for a stream that does not exist."""


class AdministrativeCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command on one administrative stream.

    `decide` gets the events of `stream` and of every stream in `reads`, and returns the new events
    of `stream`; it raises `CommandRefused`. `documents` are texts that the events name by digest.
    """

    stream: str
    decide: Callable[[Streams], Sequence[Event]]
    reads: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's key for one administrative command: its scoped id, and what it was used for."""

    key: UUID
    fingerprint: bytes


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an administrative command; refusals under a key are remembered as well."""

    position: int
    refusal: Refused | None = None
    changed: bool = True
    replayed: bool = False


class Administration(Protocol):
    """Reference data and the business day: loaded, decided and appended one at a time."""

    async def execute(
        self, command: AdministrativeCommand, instruction: Instruction, key: IdempotencyKey | None
    ) -> Reply:
        """Decide on the current state and append, with the reply, in one transaction.

        Raises `LedgerUnavailable`. A reused key with another fingerprint is a refusal
        `IDEMPOTENCY_KEY_REUSED`.
        """
        ...


class Outcome(msgspec.Struct, frozen=True):
    """The final event of an instruction's stream, and its ledger position."""

    event: Event
    position: int


class Outcomes(Protocol):
    """What became of an instruction."""

    async def wait(self, stream: str, timeout_seconds: float) -> Outcome | None:
        """How an instruction's stream ended, or None when time is up."""
        ...

    async def decided(self, position: int, timeout_seconds: float) -> bool:
        """Whether the clearing worker has decided every instruction up to `position` in time."""
        ...
