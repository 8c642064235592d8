"""Open an account for a participant."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from commands.exact_numbers import check_currency, read_amount
from commands.histories import known, participant_of
from commands.ports import AdministrativeCommand, Streams
from commands.request_fields import AccountId, Amount, ParticipantId, Request
from domain.kernel.event import Event
from domain.kernel.rejection import CommandRefused
from domain.kernel.streams import StreamKind, stream_id
from domain.ledger.account import AccountKind, AccountOpened, CapturePolicy

CashLimits = Annotated[
    dict[str, Amount],
    msgspec.Meta(
        max_length=200,
        description="How far below zero cash may go, in units of each currency.",
        examples=[{"USD": "1000000.00"}],
    ),
]


class AccountRequest(Request, frozen=True, kw_only=True):
    """An account in which a participant's securities and cash are held.

    Without a clearing member the participant clears for itself. The kinds BANK, ISSUER, AGENT and
    CCP are the house's own, and only they may go negative.
    """

    account_id: AccountId
    participant_id: ParticipantId
    kind: AccountKind
    clearing_member_id: ParticipantId | None = None
    capture_policy: CapturePolicy = CapturePolicy.REJECT
    cash_limits: CashLimits = msgspec.field(default_factory=dict)


def open_account(request: AccountRequest, segment: str) -> AdministrativeCommand:
    """The command; raises `RequestRefused` for malformed limits.

    Refused by the ledger with `ACCOUNT_EXISTS`, `UNKNOWN_PARTICIPANT`.
    """
    member_id = request.clearing_member_id or request.participant_id
    stream = stream_id(segment, StreamKind.ACCOUNT, request.account_id)
    owners = tuple(
        stream_id(segment, StreamKind.PARTICIPANT, owner)
        for owner in dict.fromkeys((request.participant_id, member_id))
    )
    event = AccountOpened(
        participant_id=request.participant_id,
        clearing_member_id=member_id,
        kind=request.kind,
        capture_policy=request.capture_policy,
        cash_limits=_limits(request.cash_limits),
    )

    def decide(streams: Streams) -> Sequence[Event]:
        for owner in owners:
            known(participant_of(streams, owner), "UNKNOWN_PARTICIPANT", owner.split(":", 2)[2])
        if streams[stream]:
            raise CommandRefused("ACCOUNT_EXISTS", f"account {request.account_id} is open already")
        return [event]

    return AdministrativeCommand(stream=stream, decide=decide, reads=owners)


def _limits(limits: dict[str, Amount]) -> dict[str, int]:
    minor_units = {}
    for currency, raw in sorted(limits.items()):
        pointer = f"/cashLimits/{currency}"
        check_currency(currency, pointer)
        minor_units[currency] = read_amount(raw, currency, pointer)
    return minor_units
