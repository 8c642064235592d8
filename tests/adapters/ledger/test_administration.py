"""Administrative commands: decided on the current state, remembered under their key."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

import pytest

from adapters.ledger.administration import LedgerAdministration
from adapters.ledger.application import Ledger
from commands.ports import AdministrativeCommand, IdempotencyKey, LedgerUnavailable, Reply, Streams
from commands.register_participant import ParticipantRequest, register_participant
from commands.suspend_account import suspend_account
from domain.kernel.event import Event
from domain.reference.participant import ParticipantReinstated, ParticipantSuspended
from tests.adapters.ledger.support import INSTRUCTION, positions, query, record, types_of
from tests.builders import REASON, SEGMENT, a_participant, of
from tests.conftest import Database

STREAM = of("participant", "A")


@pytest.fixture
def administration(ledger: Ledger) -> LedgerAdministration:
    return LedgerAdministration(ledger, SEGMENT)


def execute(
    administration: LedgerAdministration,
    command: AdministrativeCommand,
    key: IdempotencyKey | None = None,
) -> Reply:
    return asyncio.run(administration.execute(command, INSTRUCTION, key))


def a_registration(participant_id: str = "A", name: str = "Broker") -> AdministrativeCommand:
    return register_participant(
        ParticipantRequest(participant_id=participant_id, name=name), SEGMENT
    )


def a_key(number: int = 1, fingerprint: bytes = b"one") -> IdempotencyKey:
    return IdempotencyKey(key=UUID(int=number), fingerprint=fingerprint)


def toggling() -> AdministrativeCommand:
    """Suspends or reinstates, whichever the stream's last event asks for: never twice the same."""

    def decide(streams: Streams) -> Sequence[Event]:
        suspended = isinstance(streams[STREAM][-1], ParticipantSuspended)
        event = ParticipantReinstated if suspended else ParticipantSuspended
        return [event(reason_digest=REASON)]

    return AdministrativeCommand(stream=STREAM, decide=decide)


def test_a_command_appends_and_answers_with_the_position(
    administration: LedgerAdministration, database: Database
) -> None:
    assert execute(administration, a_registration()) == Reply(position=1)
    assert types_of(database.application_url, STREAM) == ["ParticipantRegistered.v1"]


def test_a_refusal_records_nothing(
    administration: LedgerAdministration, database: Database
) -> None:
    execute(administration, a_registration())
    reply = execute(administration, a_registration())
    assert reply.refusal is not None
    assert reply.refusal.code == "PARTICIPANT_EXISTS"
    assert positions(database.application_url) == [1]


def test_a_command_that_decides_nothing_changes_nothing(
    administration: LedgerAdministration, database: Database
) -> None:
    command = suspend_account("ACC100", "fraud", SEGMENT, "request-1")
    assert execute(administration, command).changed
    assert not execute(administration, command).changed
    assert positions(database.application_url) == [1]


def test_the_same_key_gets_the_first_answer(
    administration: LedgerAdministration, database: Database
) -> None:
    first = execute(administration, a_registration(), a_key())
    execute(administration, a_registration("B"))
    again = execute(administration, a_registration(), a_key())
    assert (again.position, again.refusal, again.replayed) == (first.position, None, True)
    assert positions(database.application_url) == [1, 2]


def test_a_refusal_is_remembered_under_its_key(administration: LedgerAdministration) -> None:
    """What was refused stays refused for this key, whatever has become possible since."""
    command = AdministrativeCommand(stream=STREAM, decide=a_registration().decide)
    execute(administration, a_registration())
    first = execute(administration, command, a_key())
    again = execute(administration, a_registration("B"), a_key())
    assert first.refusal is not None
    assert again.refusal == first.refusal
    assert again.replayed


def test_a_key_with_another_fingerprint_is_refused(
    administration: LedgerAdministration, database: Database
) -> None:
    execute(administration, a_registration(), a_key())
    reply = execute(administration, a_registration("B"), a_key(fingerprint=b"two"))
    assert reply.refusal is not None
    assert reply.refusal.code == "IDEMPOTENCY_KEY_REUSED"
    assert positions(database.application_url) == [1]


def test_documents_are_stored_with_the_event_that_names_them(
    administration: LedgerAdministration, database: Database
) -> None:
    reason = "Betrug: siehe Akte 7, Vermögen"
    execute(administration, suspend_account("ACC100", reason, SEGMENT, "request-1"))
    digest = hashlib.sha256(reason.encode()).hexdigest()
    url = database.application_url
    assert query(url, "SELECT digest, content FROM documents") == [(digest, reason)]
    assert query(url, "SELECT data->>'reason_digest' FROM ledger") == [(digest,)]


def test_metadata_are_on_the_first_event_only(
    administration: LedgerAdministration, database: Database
) -> None:
    events = [a_participant(), ParticipantSuspended(reason_digest=REASON)]
    execute(administration, AdministrativeCommand(stream=STREAM, decide=lambda _: events))
    found = query(
        database.application_url, "SELECT metadata IS NULL FROM ledger ORDER BY ledger_position"
    )
    assert found == [(False,), (True,)]


@pytest.fixture
def several(database: Database) -> Iterator[list[LedgerAdministration]]:
    """Administrations as of several processes."""
    from adapters.ledger.application import open_ledger

    with (
        open_ledger(database.application_url, segment=SEGMENT) as one,
        open_ledger(database.application_url, segment=SEGMENT) as two,
    ):
        yield [LedgerAdministration(one, SEGMENT), LedgerAdministration(two, SEGMENT)]


def test_commands_on_one_stream_at_once_are_decided_one_after_the_other(
    several: list[LedgerAdministration], database: Database
) -> None:
    """Each sees what the one before decided: suspended, reinstated, suspended …"""
    record(database, [(STREAM, a_participant())])

    async def many() -> list[Reply | BaseException]:
        calls = [several[n % 2].execute(toggling(), INSTRUCTION, None) for n in range(20)]
        return await asyncio.gather(*calls, return_exceptions=True)

    replies = asyncio.run(many())
    done = [reply for reply in replies if isinstance(reply, Reply)]
    assert all(isinstance(reply, (Reply, LedgerUnavailable)) for reply in replies)
    changes = types_of(database.application_url, STREAM)[1:]
    assert len(changes) == len(done) > 0
    assert changes == [
        ("ParticipantReinstated.v1" if number % 2 else "ParticipantSuspended.v1")
        for number in range(len(changes))
    ]
    assert len({reply.position for reply in done}) == len(done)


def test_one_key_at_once_is_one_command(
    several: list[LedgerAdministration], database: Database
) -> None:
    record(database, [(STREAM, a_participant())])

    async def many() -> list[Reply]:
        calls = [several[n % 2].execute(toggling(), INSTRUCTION, a_key()) for n in range(10)]
        return await asyncio.gather(*calls)

    replies = asyncio.run(many())
    assert {reply.position for reply in replies} == {2}
    assert sum(not reply.replayed for reply in replies) == 1
    assert positions(database.application_url) == [1, 2]


def test_a_lost_database_is_unavailable_and_comes_back(
    administration: LedgerAdministration, database: Database
) -> None:
    execute(administration, a_registration(uuid4().hex[:8]))
    query(
        database.application_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert execute(administration, a_registration()).position == 2
