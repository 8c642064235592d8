"""Every event that the ledger may hold, under the name by which it is stored.

The names are ours and not Python's, so that classes may move. A name is never reused; a change of a
stored event is a new version beside the old.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.clearing.trade import TradeRejected, TradeSettled, TradeSubmitted, TradeValidated
from domain.kernel.event import Event
from domain.ledger.account import (
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    PositionUpdated,
)
from domain.ledger.administration import AccountReinstatementRequested, AccountSuspensionRequested
from domain.reference.business_day import BusinessDateClosed, BusinessDateOpened
from domain.reference.instrument import (
    InstrumentDelisted,
    InstrumentListed,
    InstrumentReinstated,
    InstrumentSuspended,
)
from domain.reference.participant import (
    ParticipantRegistered,
    ParticipantReinstated,
    ParticipantSuspended,
)
from domain.settlement.transfer import TransferRejected, TransferSettled, TransferSubmitted

EVENT_TYPES: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {
        "ParticipantRegistered.v1": ParticipantRegistered,
        "ParticipantSuspended.v1": ParticipantSuspended,
        "ParticipantReinstated.v1": ParticipantReinstated,
        "InstrumentListed.v1": InstrumentListed,
        "InstrumentSuspended.v1": InstrumentSuspended,
        "InstrumentReinstated.v1": InstrumentReinstated,
        "InstrumentDelisted.v1": InstrumentDelisted,
        "BusinessDateOpened.v1": BusinessDateOpened,
        "BusinessDateClosed.v1": BusinessDateClosed,
        "AccountOpened.v1": AccountOpened,
        "AccountSuspended.v1": AccountSuspended,
        "AccountReinstated.v1": AccountReinstated,
        "AccountSuspensionRequested.v1": AccountSuspensionRequested,
        "AccountReinstatementRequested.v1": AccountReinstatementRequested,
        "PositionUpdated.v1": PositionUpdated,
        "TradeSubmitted.v1": TradeSubmitted,
        "TradeValidated.v1": TradeValidated,
        "TradeRejected.v1": TradeRejected,
        "TradeSettled.v1": TradeSettled,
        "TransferSubmitted.v1": TransferSubmitted,
        "TransferSettled.v1": TransferSettled,
        "TransferRejected.v1": TransferRejected,
    }
)
