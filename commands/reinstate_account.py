"""Ask for a suspended account to be reinstated."""

from collections.abc import Sequence

from commands.ports import AdministrativeCommand, Streams
from commands.reasons import reason_digest
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.ledger.administration import AccountReinstatementRequested


def reinstate_account(
    account_id: str, reason: str, segment: str, request_id: str
) -> AdministrativeCommand:
    """An instruction in a stream of its own: the clearing worker alone writes the account's stream.

    It takes effect when the worker has come to it, between the trades before and after.
    """
    stream = stream_id(segment, StreamKind.ADMINISTRATION, request_id)
    event = AccountReinstatementRequested(
        account_id=account_id, reason_digest=reason_digest(reason)
    )

    def decide(streams: Streams) -> Sequence[Event]:
        return [] if streams[stream] else [event]

    return AdministrativeCommand(stream=stream, decide=decide, documents=(reason,))
