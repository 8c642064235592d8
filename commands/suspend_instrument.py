"""Suspend an instrument: its trades are rejected until it is reinstated."""

from collections.abc import Sequence

from commands.histories import instrument_of, known
from commands.ports import AdministrativeCommand, Streams
from commands.reasons import reason_digest
from domain.kernel.event import Event
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import instrument


def suspend_instrument(instrument_id: str, reason: str, segment: str) -> AdministrativeCommand:
    """The command. Refused by the ledger with `UNKNOWN_INSTRUMENT`, `INSTRUMENT_DELISTED`."""
    stream = stream_id(segment, StreamKind.INSTRUMENT, instrument_id)

    def decide(streams: Streams) -> Sequence[Event]:
        state = known(instrument_of(streams, stream), "UNKNOWN_INSTRUMENT", instrument_id)
        return instrument.suspend(state, reason_digest(reason))

    return AdministrativeCommand(stream=stream, decide=decide, documents=(reason,))
