"""The worker's state at a position, so that a start reads only the tail of the log."""

from typing import Any, Final

import msgspec
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.ledger.schema import schema_name
from domain.clearing.house import STATE_VERSION, ClearingHouse
from domain.ledger.account import Account
from domain.reference.business_day import BusinessDay
from domain.reference.instrument import Instrument
from domain.reference.participant import Participant

_KEPT: Final = 2
log = structlog.get_logger()


class StoredState(msgspec.Struct, frozen=True):
    """A `ClearingHouse` as plain data."""

    participants: dict[str, Participant]
    instruments: dict[str, Instrument]
    accounts: dict[str, Account]
    account_versions: dict[str, int]
    business_day: BusinessDay | None
    holdings: dict[str, dict[str, int]]


class Checkpoint(msgspec.Struct, frozen=True):
    """A state with the two positions that say what is in it.

    `instructions_until`: every instruction and all reference data up to here; `outputs_until`:
    every event of the worker's own up to here.
    """

    house: ClearingHouse
    instructions_until: int
    outputs_until: int


class Checkpoints:
    """The last two states of a segment's worker."""

    def __init__(self, connection: Connection[Any], segment: str) -> None:
        self._connection = connection
        self._segment = segment
        table = SQL("{}.worker_checkpoints").format(Identifier(schema_name(segment)))
        self._insert = SQL(
            "INSERT INTO {} (instructions_until, outputs_until, state_version, state)"
            " VALUES (%s, %s, %s, %s)"
        ).format(table)
        # One of another version at the same position would keep this one out for ever.
        self._replace = SQL("DELETE FROM {} WHERE instructions_until = %s").format(table)
        self._prune = SQL(
            "DELETE FROM {0} WHERE instructions_until NOT IN"
            " (SELECT instructions_until FROM {0} ORDER BY instructions_until DESC LIMIT {1})"
        ).format(table, _KEPT)
        self._newest = SQL(
            "SELECT instructions_until, outputs_until, state FROM {} WHERE state_version = %s"
            " AND greatest(instructions_until, outputs_until) <= %s"
            " ORDER BY instructions_until DESC LIMIT 1"
        ).format(table)

    def store(self, checkpoint: Checkpoint) -> None:
        """Keep a state; the oldest beyond two are let go."""
        house = checkpoint.house
        state = msgspec.msgpack.encode(
            StoredState(
                house.participants,
                house.instruments,
                house.accounts,
                house.account_versions,
                house.business_day,
                house.book.holdings(),
            )
        )
        with self._connection.transaction():
            self._connection.execute(self._replace, (checkpoint.instructions_until,))
            self._connection.execute(
                self._insert,
                (checkpoint.instructions_until, checkpoint.outputs_until, STATE_VERSION, state),
            )
            self._connection.execute(self._prune)
        log.info("checkpoint", position=checkpoint.instructions_until, bytes=len(state))

    def load(self, *, head: int) -> Checkpoint:
        """The newest usable state; the empty one where there is none of this version.

        States of another version, or beyond what the log holds, are passed over: replaying is
        always right, only slower.
        """
        row = self._connection.execute(self._newest, (STATE_VERSION, head)).fetchone()
        house = ClearingHouse(self._segment)
        if row is None:
            return Checkpoint(house, 0, 0)
        state = msgspec.msgpack.decode(bytes(row[2]), type=StoredState)
        house.participants = state.participants
        house.instruments = state.instruments
        house.accounts = state.accounts
        house.account_versions = state.account_versions
        house.business_day = state.business_day
        house.book.restore(state.holdings)
        return Checkpoint(house, int(row[0]), int(row[1]))
