"""A batch of trades: decoded at once where all is well, element by element where it is not."""

from typing import Final

import msgspec

from adapters.http.decoding import refusal, refuse_repeated_keys
from adapters.http.problems import Problem
from adapters.http.route import NDJSON
from commands.refusal import RequestRefused
from commands.submit_trades import BATCH_MAXIMUM, TradeRequest

Element = TradeRequest | RequestRefused

_ONE: Final = msgspec.json.Decoder(TradeRequest)
_ALL: Final = msgspec.json.Decoder(list[TradeRequest])
_RAW: Final = msgspec.json.Decoder(list[msgspec.Raw])
_REQUIRED_FIELDS: Final = 5
_MALFORMED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_batch(kind: str, body: bytes) -> list[Element]:
    """The elements in order, each a trade or why it is none; raises when it is no batch at all."""
    if kind == NDJSON:
        lines = [line for line in body.splitlines() if line.strip()]
        _check_size(len(lines))
        return [_decode_one(line) for line in lines]
    try:
        trades = _ALL.decode(body)
    except _MALFORMED:
        return _decode_each(body)
    _check_size(len(trades))
    if _has_no_repeated_keys(body, trades):
        return list[Element](trades)
    return _decode_each(body)


def _decode_each(body: bytes) -> list[Element]:
    try:
        elements = _RAW.decode(body)
    except _MALFORMED as error:
        raise refusal(error) from None
    _check_size(len(elements))
    return [_decode_one(bytes(element)) for element in elements]


def _decode_one(element: bytes) -> Element:
    try:
        trade = _ONE.decode(element)
        refuse_repeated_keys(element)
    except _MALFORMED as error:
        return refusal(error)
    except RequestRefused as refused:
        return refused
    return trade


def _check_size(count: int) -> None:
    if count == 0:
        raise RequestRefused("INVALID_REQUEST", "", "a batch has at least one trade")
    if count > BATCH_MAXIMUM:
        raise Problem(413, "BATCH_TOO_LARGE", f"a batch has at most {BATCH_MAXIMUM} trades")


def _has_no_repeated_keys(body: bytes, trades: list[TradeRequest]) -> bool:
    """Whether there are as many colons as fields: then no key is there twice.

    Each key brings a colon, so one too many is a repeated key, a null, or a colon in a text; those
    batches are looked at more closely.
    """
    colons = body.count(b":")
    expected = _REQUIRED_FIELDS * len(trades)
    if colons == expected:
        return True
    for trade in trades:
        if trade.currency is not None:
            expected += 1
        if trade.trade_date is not None:
            expected += 1
        if trade.venue is not None:
            expected += 1
        if trade.venue_trade_id is not None:
            expected += 1 + trade.venue_trade_id.count(":")
    return colons == expected
