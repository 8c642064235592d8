"""What changes of reference data answer with."""

from typing import Annotated

import msgspec

from commands.request_fields import Day

Status = Annotated[str, msgspec.Meta(description="The standing now.", examples=["SUSPENDED"])]
LedgerPosition = Annotated[int, msgspec.Meta(description="Where in the ledger.", examples=[4711])]


class ParticipantStanding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A participant after a change."""

    participant_id: str
    status: Status
    ledger_position: LedgerPosition


class InstrumentStanding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An instrument after a change."""

    instrument_id: str
    status: Status
    ledger_position: LedgerPosition


class AccountStanding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An account after a change.

    REQUESTED when the clearing worker has not come to the request in time; it will.
    """

    account_id: str
    status: Status
    ledger_position: LedgerPosition


class DayStanding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The business day after a change; the date is null where only `GET` tells it."""

    status: Status
    ledger_position: LedgerPosition
    date: Day | None = None
