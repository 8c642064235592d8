"""List an instrument."""

from collections.abc import Sequence

from commands.exact_numbers import check_currency, read_price
from commands.histories import instrument_of
from commands.ports import AdministrativeCommand, Streams
from commands.refusal import RequestRefused
from commands.request_fields import (
    AccountId,
    Currency,
    InstrumentId,
    Isin,
    Mic,
    Name,
    Price,
    Quantity,
    Request,
)
from domain.kernel.event import Event
from domain.kernel.identifiers import is_isin, is_mic
from domain.kernel.streams import StreamKind, stream_id
from domain.reference import instrument
from domain.reference.instrument import InstrumentListed, SettlementModel


class InstrumentRequest(Request, frozen=True, kw_only=True):
    """A security that is to be traded.

    Trades are for multiples of `lotSize` at multiples of `tickSize`. `cycleDays` is the n of T+n.
    """

    instrument_id: InstrumentId
    isin: Isin
    name: Name
    currency: Currency
    mic: Mic
    tick_size: Price
    lot_size: Quantity = 1
    settlement_model: SettlementModel = SettlementModel.GROSS
    cycle_days: int = 0
    issuer_account_id: AccountId | None = None


def list_instrument(request: InstrumentRequest, segment: str) -> AdministrativeCommand:
    """The command; raises `RequestRefused` for malformed codes.

    Refused by the ledger with `INSTRUMENT_EXISTS`, `INVALID_INSTRUMENT` (a currency's code),
    `SETTLEMENT_CYCLE_NOT_SUPPORTED`.
    """
    if not is_isin(request.isin):
        raise RequestRefused("INVALID_ISIN", "/isin", "not an ISIN (ISO 6166)")
    if not is_mic(request.mic):
        raise RequestRefused("INVALID_MIC", "/mic", "not a market identifier code (ISO 10383)")
    check_currency(request.currency, "/currency")
    stream = stream_id(segment, StreamKind.INSTRUMENT, request.instrument_id)
    event = InstrumentListed(
        isin=request.isin,
        name=request.name,
        currency=request.currency,
        lot_size=request.lot_size,
        tick_size=read_price(request.tick_size, "/tickSize"),
        settlement_model=request.settlement_model,
        cycle_days=request.cycle_days,
        mic=request.mic,
        issuer_account_id=request.issuer_account_id,
    )

    def decide(streams: Streams) -> Sequence[Event]:
        state = instrument_of(streams, stream)
        return instrument.list_instrument(request.instrument_id, state, event)

    return AdministrativeCommand(stream=stream, decide=decide)
