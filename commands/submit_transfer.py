"""Submit a transfer of cash or securities."""

import msgspec

from commands.exact_numbers import read_amount
from commands.ports import Instruction, Submission
from commands.refusal import RequestRefused
from commands.request_fields import AccountId, Amount, AssetId, Quantity, Reference, Request
from domain.kernel.currency import is_currency
from domain.settlement.transfer import TransferKind, TransferSubmitted

_ABSENT = (b"", b"null")


class TransferRequest(Request, frozen=True, kw_only=True):
    """Cash takes an `amount`, securities take a `quantity`: one of them, never both.

    DEPOSIT comes from the bank's (or issuer's) account, WITHDRAWAL goes there, ISSUANCE brings new
    securities from the issuer's account, TRANSFER stays among members' accounts.
    """

    kind: TransferKind
    asset_id: AssetId
    from_account_id: AccountId
    to_account_id: AccountId
    quantity: Quantity | None = None
    # `Raw` takes no part in unions: an amount that is not there is empty.
    amount: Amount = msgspec.field(default_factory=msgspec.Raw)
    reference: Reference | None = None


def submit_transfer(
    request: TransferRequest, stream: str, instruction: Instruction, *, keyed: bool
) -> Submission:
    """The instruction to record `request` in `stream`; raises `RequestRefused`."""
    if request.from_account_id == request.to_account_id:
        raise RequestRefused("SAME_ACCOUNT", "/toAccountId", "from and to are the same account")
    return Submission(
        stream=stream,
        event=TransferSubmitted(
            kind=request.kind,
            asset=request.asset_id,
            amount=_amount(request),
            from_account_id=request.from_account_id,
            to_account_id=request.to_account_id,
            client_reference=request.reference,
        ),
        instruction=instruction,
        keyed=keyed,
    )


def _amount(request: TransferRequest) -> int:
    """Units of the instrument, or minor units of the currency; raises `RequestRefused`."""
    has_amount = bytes(request.amount) not in _ABSENT
    if not is_currency(request.asset_id):
        if request.quantity is None or has_amount:
            raise RequestRefused(
                "INVALID_QUANTITY", "/quantity", "securities take a quantity and no amount"
            )
        return request.quantity
    if request.kind is TransferKind.ISSUANCE:
        raise RequestRefused("INVALID_REQUEST", "/kind", "cash is deposited, not issued")
    if not has_amount or request.quantity is not None:
        raise RequestRefused("INVALID_AMOUNT", "/amount", "cash takes an amount and no quantity")
    amount = read_amount(request.amount, request.asset_id, "/amount")
    if amount == 0:
        raise RequestRefused("INVALID_AMOUNT", "/amount", "an amount is greater than zero")
    return amount
