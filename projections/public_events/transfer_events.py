"""Public events of transfers."""

from datetime import date

from domain.kernel.rejection import RejectionCode, Side
from domain.settlement.transfer import TransferKind
from projections.public_events.envelope import PublicEvent


class TransferSubmitted(PublicEvent, frozen=True, tag="clearing.TransferSubmitted.v1"):
    """A transfer was asked for and waits for its decision."""

    transfer_id: str
    kind: TransferKind
    asset: str
    amount: int
    from_account_id: str
    to_account_id: str
    client_reference: str | None = None
    submitted_by: str | None = None


class TransferSettled(PublicEvent, frozen=True, tag="clearing.TransferSettled.v1"):
    """The asset moved."""

    transfer_id: str
    kind: TransferKind
    asset: str
    amount: int
    from_account_id: str
    to_account_id: str
    from_participant_id: str
    to_participant_id: str
    business_date: date


class TransferRejected(PublicEvent, frozen=True, tag="clearing.TransferRejected.v1"):
    """The ledger refused the transfer and moved nothing."""

    transfer_id: str
    code: RejectionCode
    asset: str
    from_account_id: str
    to_account_id: str
    side: Side | None = None
    from_participant_id: str | None = None
    to_participant_id: str | None = None
    business_date: date | None = None
