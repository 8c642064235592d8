"""From what a caller wrote to an instruction for the ledger."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from commands.ports import BusinessKey, Instruction, Submission
from commands.refusal import RequestRefused
from commands.submit_trades import TradeRequest, submit_trade
from domain.clearing.trade import TradeSubmitted

INSTRUCTION = Instruction(actor="subject", correlation_id="request", source="http")


def submitted(**terms: Any) -> Submission:
    ordinary: dict[str, Any] = {
        "instrumentId": "AAPL",
        "buyerAccountId": "ACC100",
        "sellerAccountId": "ACC200",
        "quantity": 100,
        "price": "150.00",
    }
    body = msgspec.json.encode(ordinary | terms)
    request = msgspec.json.decode(body, type=TradeRequest)
    return submit_trade(request, "us:trade:1", INSTRUCTION, keyed=True)


def test_a_trade_is_the_first_event_of_its_stream() -> None:
    submission = submitted()
    assert submission.stream == "us:trade:1"
    assert submission.keyed
    assert submission.business_key is None
    assert submission.event == TradeSubmitted(
        instrument_id="AAPL",
        buyer_account_id="ACC100",
        seller_account_id="ACC200",
        quantity=100,
        price=Decimal("150.00"),
    )


def test_everything_that_was_said_is_in_the_event() -> None:
    submission = submitted(currency="USD", tradeDate="2026-01-05", venue="XNAS", venueTradeId="T-1")
    event = submission.event
    assert isinstance(event, TradeSubmitted)
    assert (event.currency, event.trade_date) == ("USD", date(2026, 1, 5))
    assert (event.venue, event.venue_trade_id) == ("XNAS", "T-1")


def test_a_venue_trade_id_makes_a_business_key_of_its_submitter() -> None:
    assert submitted(venue="XNAS", venueTradeId="T-1").business_key == BusinessKey(
        submitter="subject", venue="XNAS", venue_trade_id="T-1", trade_date=None
    )


@pytest.mark.parametrize(
    ("terms", "code", "pointer"),
    [
        ({"sellerAccountId": "ACC100"}, "SAME_ACCOUNT", "/sellerAccountId"),
        ({"price": 0}, "INVALID_PRICE", "/price"),
        ({"currency": "XXX"}, "INVALID_CURRENCY", "/currency"),
        ({"venue": "nyse"}, "INVALID_MIC", "/venue"),
        ({"buyerAccountId": "a b"}, "INVALID_REQUEST", "/buyerAccountId"),
    ],
)
def test_what_is_ill_formed_is_refused(terms: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        submitted(**terms)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
