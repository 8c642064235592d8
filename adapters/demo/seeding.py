"""Loads a story's opening into the ledger, through the write side that everybody uses.

Every step has an idempotency key: a seeding that was interrupted is finished by the next one, and
one that was finished changes nothing.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import uuid4

import msgspec

from adapters.bootstrap import WriteSide
from adapters.demo.story import (
    OpeningBalance,
    ReferenceData,
    StoryAccount,
    StoryInstrument,
    StoryParticipant,
)
from adapters.settings import Settings
from commands.instruction_ids import KeyScope, administrative_key, instruction_ids
from commands.list_instrument import InstrumentRequest, list_instrument
from commands.open_account import AccountRequest, open_account
from commands.open_business_day import OpenDayRequest, open_business_day
from commands.ports import AdministrativeCommand, Instruction, Refused, Submission
from commands.register_participant import ParticipantRequest, register_participant
from commands.submit_transfer import TransferRequest, submit_transfer
from commands.suspend_account import suspend_account
from domain.kernel.streams import StreamKind, stream_id

ACTOR: Final = "seed"
_DAY_KEY: Final = "first business day"
_SUSPENSION_REASON: Final = "suspended by the story, once it has its opening balances"


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is there before the first trade. `business_date` is opened unless one ever was."""

    reference: ReferenceData
    balances: tuple[OpeningBalance, ...]
    business_date: date


class SeedingRefused(Exception):
    """The ledger holds something else under the ids of the story."""


class Seeding:
    """One seeding: the commands of an opening, with their keys."""

    def __init__(self, settings: Settings, write: WriteSide) -> None:
        self._settings = settings
        self._write = write
        self._instruction = Instruction(actor=ACTOR, correlation_id=str(uuid4()), source="seed")

    async def load(self, opening: Opening) -> list[str]:
        """Append everything, in an order in which it settles; the streams of the transfers."""
        segment, calendar = self._settings.segment, self._settings.calendar
        day = open_business_day(OpenDayRequest(date=opening.business_date), segment, calendar)
        await self._execute(_DAY_KEY, day, payload=_DAY_KEY)
        for key, request, command in _reference_commands(opening.reference, segment):
            await self._execute(key, command, payload=request)
        streams = await self._transfer(opening.balances)
        # The log's order is the order of decision: the balances are there before the suspension.
        for account in opening.reference.accounts:
            if account.suspended:
                await self._suspend(account)
        return streams

    async def _transfer(self, balances: tuple[OpeningBalance, ...]) -> list[str]:
        submissions = [self._submission(balance) for balance in balances]
        limit = self._settings.intake_page_limit
        for start in range(0, len(submissions), limit):
            for answer in await self._write.intake.submit(submissions[start : start + limit]):
                if isinstance(answer, Refused):
                    raise SeedingRefused(f"{answer.code}: {answer.detail}")
        return [submission.stream for submission in submissions]

    def _submission(self, balance: OpeningBalance) -> Submission:
        stream = self._stream(StreamKind.TRANSFER, balance.reference)
        return submit_transfer(_transfer_request(balance), stream, self._instruction, keyed=True)

    async def _suspend(self, account: StoryAccount) -> None:
        key = f"suspend {account.account_id}"
        request_id = instruction_ids(self._scope(), key, 1)[0]
        segment = self._settings.segment
        command = suspend_account(account.account_id, _SUSPENSION_REASON, segment, request_id)
        await self._execute(key, command, payload=account.account_id)

    async def _execute(self, key: str, command: AdministrativeCommand, payload: object) -> None:
        remembered = administrative_key(self._scope(), key, payload)
        reply = await self._write.administration.execute(command, self._instruction, remembered)
        if reply.refusal is not None:
            raise SeedingRefused(f"{reply.refusal.code}: {reply.refusal.detail} ({key})")

    def _stream(self, kind: StreamKind, key: str) -> str:
        return stream_id(self._settings.segment, kind, instruction_ids(self._scope(), key, 1)[0])

    def _scope(self) -> KeyScope:
        return KeyScope(segment=self._settings.segment, caller=ACTOR, route="seed")


def _reference_commands(
    reference: ReferenceData, segment: str
) -> Iterator[tuple[str, object, AdministrativeCommand]]:
    """The key, the request and the command of each entry, in the order of creation."""
    for participant in reference.participants:
        registration = _participant_request(participant)
        command = register_participant(registration, segment)
        yield f"participant {participant.participant_id}", registration, command
    for instrument in reference.instruments:
        listing = _instrument_request(instrument)
        command = list_instrument(listing, segment)
        yield f"instrument {instrument.instrument_id}", listing, command
    for account in reference.accounts:
        opened = _account_request(account)
        yield f"account {account.account_id}", opened, open_account(opened, segment)


def _participant_request(participant: StoryParticipant) -> ParticipantRequest:
    return ParticipantRequest(
        participant_id=participant.participant_id, name=participant.name, lei=participant.lei
    )


def _instrument_request(instrument: StoryInstrument) -> InstrumentRequest:
    return InstrumentRequest(
        instrument_id=instrument.instrument_id,
        isin=instrument.isin,
        name=instrument.name,
        currency=instrument.currency,
        mic=instrument.mic,
        tick_size=_number(instrument.tick_size),
        lot_size=instrument.lot_size,
        issuer_account_id=instrument.issuer_account_id,
    )


def _account_request(account: StoryAccount) -> AccountRequest:
    return AccountRequest(
        account_id=account.account_id, participant_id=account.participant_id, kind=account.kind
    )


def _transfer_request(balance: OpeningBalance) -> TransferRequest:
    return TransferRequest(
        kind=balance.kind,
        asset_id=balance.asset_id,
        from_account_id=balance.from_account_id,
        to_account_id=balance.to_account_id,
        quantity=balance.quantity,
        amount=msgspec.Raw() if balance.amount is None else _number(balance.amount),
        reference=balance.reference,
    )


def _number(number: Decimal) -> msgspec.Raw:
    """As it would stand in a request's JSON."""
    return msgspec.Raw(str(number).encode())
