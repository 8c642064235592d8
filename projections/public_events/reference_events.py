"""Public events of participants, instruments and business days."""

from datetime import date
from decimal import Decimal

from domain.reference.instrument import SettlementModel
from projections.public_events.envelope import PublicEvent


class ParticipantRegistered(PublicEvent, frozen=True, tag="clearing.ParticipantRegistered.v1"):
    """A firm became a participant. `lei` is ISO 17442, `bic` ISO 9362."""

    participant_id: str
    name: str
    lei: str | None = None
    bic: str | None = None


class ParticipantSuspended(PublicEvent, frozen=True, tag="clearing.ParticipantSuspended.v1"):
    """None of its accounts may trade or transfer; the reason's SHA-256 stands for the reason."""

    participant_id: str
    reason_digest: str


class ParticipantReinstated(PublicEvent, frozen=True, tag="clearing.ParticipantReinstated.v1"):
    """The participant may act again."""

    participant_id: str
    reason_digest: str


class InstrumentListed(PublicEvent, frozen=True, tag="clearing.InstrumentListed.v1"):
    """An instrument may be traded; `tick_size` is in units of `currency`."""

    instrument_id: str
    isin: str
    name: str
    currency: str
    lot_size: int
    tick_size: Decimal
    settlement_model: SettlementModel
    cycle_days: int
    mic: str
    issuer_account_id: str | None = None


class InstrumentSuspended(PublicEvent, frozen=True, tag="clearing.InstrumentSuspended.v1"):
    """Trades in the instrument are rejected until it is reinstated."""

    instrument_id: str
    reason_digest: str


class InstrumentReinstated(PublicEvent, frozen=True, tag="clearing.InstrumentReinstated.v1"):
    """The instrument may be traded again."""

    instrument_id: str
    reason_digest: str


class InstrumentDelisted(PublicEvent, frozen=True, tag="clearing.InstrumentDelisted.v1"):
    """The instrument is never traded again."""

    instrument_id: str
    reason_digest: str


class BusinessDateOpened(PublicEvent, frozen=True, tag="clearing.BusinessDateOpened.v1"):
    """From here on instructions are dated `business_date`; `calendar` is the market's MIC."""

    calendar: str
    business_date: date


class BusinessDateClosed(PublicEvent, frozen=True, tag="clearing.BusinessDateClosed.v1"):
    """No movement takes `business_date` any more."""

    calendar: str
    business_date: date
