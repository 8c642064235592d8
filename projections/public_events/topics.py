"""The topics, and which event goes to which under which key (one row an event)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from projections.public_events import account_events as accounts
from projections.public_events import reference_events as reference
from projections.public_events import trade_events as trades
from projections.public_events import transfer_events as transfers
from projections.public_events.envelope import PublicEvent
from projections.public_events.slots import ACCOUNT_PARTITIONS

_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1_000
FOREVER: Final = -1


class Topic(NamedTuple):
    """A topic and its settings; `retention` is in milliseconds.

    None is compacted: an event is a change and not a state, so the last one of a key does not
    stand for those before it. What retention has taken away is read from the log (`clearing
    rebuild`).
    """

    name: str
    keyed_by: str
    description: str
    partitions: int = ACCOUNT_PARTITIONS
    retention: int = 7 * _DAY_MILLISECONDS


TRADE_SUBMITTED: Final = Topic("trade-submitted", "buyer account id", "Trades as they came in.")
TRADE_VALIDATED: Final = Topic(
    "trade-validated", "buyer account id", "Trades that became binding, or were rejected."
)
POSITION_UPDATED: Final = Topic(
    "position-updated", "account id", "Movements of one account with the balances after them."
)
SETTLEMENT_COMPLETED: Final = Topic(
    "settlement-completed", "buyer or receiver account id", "Trades and transfers that settled."
)
TRANSFER_EVENTS: Final = Topic(
    "transfer-events", "receiver account id", "Transfers that were submitted or rejected."
)
# One partition: an instrument stands before what happens to it, and a participant before its
# accounts.
REFERENCE_DATA_EVENTS: Final = Topic(
    "reference-data-events",
    "entity id",
    "Participants, instruments, accounts and business days.",
    partitions=1,
    retention=FOREVER,
)
RELAYED_TOPICS: Final = (
    TRADE_SUBMITTED,
    TRADE_VALIDATED,
    POSITION_UPDATED,
    SETTLEMENT_COMPLETED,
    TRANSFER_EVENTS,
    REFERENCE_DATA_EVENTS,
)
"""What the relay publishes to, heartbeats included."""


class Route(NamedTuple):
    """Where an event goes, and the field that is its key."""

    topic: Topic
    key_field: str


ROUTES: Final[Mapping[type[PublicEvent], Route]] = MappingProxyType(
    {
        trades.TradeSubmitted: Route(TRADE_SUBMITTED, "buyer_account_id"),
        trades.TradeValidated: Route(TRADE_VALIDATED, "buyer_account_id"),
        trades.TradeRejected: Route(TRADE_VALIDATED, "buyer_account_id"),
        trades.TradeSettled: Route(SETTLEMENT_COMPLETED, "buyer_account_id"),
        transfers.TransferSubmitted: Route(TRANSFER_EVENTS, "to_account_id"),
        transfers.TransferRejected: Route(TRANSFER_EVENTS, "to_account_id"),
        transfers.TransferSettled: Route(SETTLEMENT_COMPLETED, "to_account_id"),
        accounts.PositionUpdated: Route(POSITION_UPDATED, "account_id"),
        accounts.AccountOpened: Route(REFERENCE_DATA_EVENTS, "account_id"),
        accounts.AccountSuspended: Route(REFERENCE_DATA_EVENTS, "account_id"),
        accounts.AccountReinstated: Route(REFERENCE_DATA_EVENTS, "account_id"),
        accounts.AccountSuspensionRequested: Route(REFERENCE_DATA_EVENTS, "account_id"),
        accounts.AccountReinstatementRequested: Route(REFERENCE_DATA_EVENTS, "account_id"),
        reference.ParticipantRegistered: Route(REFERENCE_DATA_EVENTS, "participant_id"),
        reference.ParticipantSuspended: Route(REFERENCE_DATA_EVENTS, "participant_id"),
        reference.ParticipantReinstated: Route(REFERENCE_DATA_EVENTS, "participant_id"),
        reference.InstrumentListed: Route(REFERENCE_DATA_EVENTS, "instrument_id"),
        reference.InstrumentSuspended: Route(REFERENCE_DATA_EVENTS, "instrument_id"),
        reference.InstrumentReinstated: Route(REFERENCE_DATA_EVENTS, "instrument_id"),
        reference.InstrumentDelisted: Route(REFERENCE_DATA_EVENTS, "instrument_id"),
        reference.BusinessDateOpened: Route(REFERENCE_DATA_EVENTS, "calendar"),
        reference.BusinessDateClosed: Route(REFERENCE_DATA_EVENTS, "calendar"),
    }
)
"""Every stored event is published: each is read by some read model, and none is internal."""
