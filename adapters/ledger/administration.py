"""Administrative commands: reference data and the business day, one stream at a time."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from adapters.ledger.append import Append
from adapters.ledger.application import Ledger
from adapters.ledger.claims import IDEMPOTENCY_KEY_REUSED
from adapters.ledger.codec import encode_metadata
from adapters.ledger.schema import schema_name
from commands.ports import (
    AdministrativeCommand,
    IdempotencyKey,
    Instruction,
    LedgerUnavailable,
    Refused,
    Reply,
)
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused

_ATTEMPTS: Final = 5


class StoredReply(msgspec.Struct, frozen=True):
    """What `command_replies` keeps of a reply."""

    changed: bool
    code: str | None = None
    detail: str | None = None


class LedgerAdministration:
    """`commands.ports.Administration` on the eventsourcing library's event store.

    Each command is loaded, decided and appended with the expected version; when another writer was
    faster the library raises and the command is decided again on the new state.
    """

    def __init__(self, ledger: Ledger, segment: str) -> None:
        self._ledger = ledger
        schema = Identifier(schema_name(segment))
        self._insert_document = SQL(
            "INSERT INTO {}.documents (digest, content)"
            " VALUES (encode(sha256(convert_to(%s, 'UTF8')), 'hex'), %s) ON CONFLICT DO NOTHING"
        ).format(schema)
        self._insert_reply = SQL(
            "INSERT INTO {}.command_replies (key, fingerprint, status, body, ledger_position)"
            " VALUES (%s, %s, %s, %s, %s)"
        ).format(schema)
        self._select_reply = SQL(
            "SELECT fingerprint, body, ledger_position FROM {}.command_replies WHERE key = %s"
        ).format(schema)

    async def execute(
        self, command: AdministrativeCommand, instruction: Instruction, key: IdempotencyKey | None
    ) -> Reply:
        """Decide on the current state and append, with the reply, in one transaction."""
        return await asyncio.to_thread(self._execute, command, instruction, key)

    def _execute(
        self, command: AdministrativeCommand, instruction: Instruction, key: IdempotencyKey | None
    ) -> Reply:
        try:
            for _ in range(_ATTEMPTS):
                earlier = None if key is None else self._earlier_reply(key)
                if earlier is not None:
                    return earlier
                try:
                    return self._decide_and_append(command, instruction, key)
                except IntegrityError:
                    continue
        except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
            raise LedgerUnavailable(str(error)) from error
        raise LedgerUnavailable(f"{command.stream} is written to by others all the time")

    def _decide_and_append(
        self, command: AdministrativeCommand, instruction: Instruction, key: IdempotencyKey | None
    ) -> Reply:
        streams = {
            stream: self._ledger.events_of(stream) for stream in (command.stream, *command.reads)
        }
        try:
            events = command.decide(streams)
        except CommandRefused as refusal:
            refused = Refused(refusal.code, refusal.detail)
            return self._without_events(key, StoredReply(False, refused.code, refused.detail))
        if not events:
            return self._without_events(key, StoredReply(changed=False))
        return self._append(command, len(streams[command.stream]), events, instruction, key)

    def _append(
        self,
        command: AdministrativeCommand,
        version: int,
        events: Sequence[Event],
        instruction: Instruction,
        key: IdempotencyKey | None,
    ) -> Reply:
        def alongside(append: Append, positions: range) -> None:
            for document in command.documents:
                append.cursor.execute(self._insert_document, (document, document))
            if key is not None:
                self._store(append.cursor, key, StoredReply(changed=True), positions[-1])

        metadata: list[bytes | None] = [encode_metadata(instruction)]
        metadata.extend([None] * (len(events) - 1))
        position = self._ledger.append(
            command.stream, version, events, metadata=metadata, alongside=alongside
        )
        return Reply(position=position)

    def _without_events(self, key: IdempotencyKey | None, reply: StoredReply) -> Reply:
        position = self._ledger.recorder.max_notification_id() or 0
        if key is not None:
            with self._connection() as connection, connection.transaction():
                self._store(connection.cursor(), key, reply, position)
        return _reply(reply, position, replayed=False)

    def _store(
        self, cursor: psycopg.Cursor[Any], key: IdempotencyKey, reply: StoredReply, position: int
    ) -> None:
        status = 200 if reply.code is None else 422
        body = msgspec.json.encode(reply)
        values: tuple[UUID, bytes, int, bytes, int] = (
            key.key,
            key.fingerprint,
            status,
            body,
            position,
        )
        cursor.execute(self._insert_reply, values)

    def _earlier_reply(self, key: IdempotencyKey) -> Reply | None:
        with self._connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(self._select_reply, (key.key,)).fetchone()
        if row is None:
            return None
        fingerprint, body, position = row
        if bytes(fingerprint) != key.fingerprint:
            return Reply(position=position, refusal=IDEMPOTENCY_KEY_REUSED, changed=False)
        return _reply(msgspec.json.decode(bytes(body), type=StoredReply), position, replayed=True)

    def _connection(self) -> Any:
        recorder: Any = self._ledger.recorder
        return recorder.datastore.get_connection()


def _reply(stored: StoredReply, position: int, *, replayed: bool) -> Reply:
    refusal = None
    if stored.code is not None:
        refusal = Refused(stored.code, stored.detail or "")
    return Reply(position=position, refusal=refusal, changed=stored.changed, replayed=replayed)
