"""The kinds of fields that requests are made of, each with its limits, its unit and an example."""

from datetime import date
from typing import Annotated, Final

import msgspec

from domain.kernel.money import QUANTITY_MAXIMUM

# `(?!\n)$` and not `$` alone, which in Python also matches before a final line break; nor `\Z`,
# which the regular expressions of JSON Schema do not have.
_END: Final = r"(?!\n)$"
_IDENTIFIER: Final = r"^[A-Za-z0-9._-]{1,35}" + _END
_REFERENCE: Final = r"^[!-~]{1,64}" + _END
_CODE: Final = {"pattern": "^[A-Z0-9]+$"}
"""Of codes that commands check by their own rules: here for the documentation."""
_TEXT: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*" + _END
_DECIMAL: Final = r"^[0-9]{1,18}(\.[0-9]{1,8})?$"

InstrumentId = Annotated[
    str,
    msgspec.Meta(pattern=_IDENTIFIER, description="The instrument's id.", examples=["AAPL"]),
]
AccountId = Annotated[
    str, msgspec.Meta(pattern=_IDENTIFIER, description="The account's id.", examples=["ACC100"])
]
TradedInstrumentId = Annotated[
    str,
    msgspec.Meta(
        description="The instrument's id.",
        examples=["AAPL"],
        extra_json_schema={"pattern": _IDENTIFIER},
    ),
]
"""Like `InstrumentId`, but looked at by the command: see `commands.submit_trades`."""
TradingAccountId = Annotated[
    str,
    msgspec.Meta(
        description="The account's id.",
        examples=["ACC100"],
        extra_json_schema={"pattern": _IDENTIFIER},
    ),
]
ParticipantId = Annotated[
    str,
    msgspec.Meta(pattern=_IDENTIFIER, description="The participant's id.", examples=["BROKER100"]),
]
AssetId = Annotated[
    str,
    msgspec.Meta(
        pattern=_IDENTIFIER,
        description="An instrument's id, or an ISO 4217 currency code for cash.",
        examples=["USD"],
    ),
]
Quantity = Annotated[
    int,
    msgspec.Meta(
        ge=1, le=QUANTITY_MAXIMUM, description="Units of the instrument, whole.", examples=[100]
    ),
]
Price = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description=(
            "Units of the currency for one unit of the instrument, greater than zero, with at most "
            "9 digits before and 8 after the point; a number or a string, read exactly."
        ),
        examples=["150.00"],
        extra_json_schema={"oneOf": [{"type": "number"}, {"type": "string", "pattern": _DECIMAL}]},
    ),
]
Amount = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description=(
            "An amount in units of the currency with at most the currency's decimals; a number or "
            "a string, read exactly."
        ),
        examples=["15000.00"],
        extra_json_schema={"oneOf": [{"type": "number"}, {"type": "string", "pattern": _DECIMAL}]},
    ),
]
Currency = Annotated[
    str,
    msgspec.Meta(
        max_length=3, description="An ISO 4217 code.", examples=["USD"], extra_json_schema=_CODE
    ),
]
Mic = Annotated[
    str,
    msgspec.Meta(
        max_length=4, description="ISO 10383.", examples=["XNAS"], extra_json_schema=_CODE
    ),
]
Isin = Annotated[
    str,
    msgspec.Meta(
        max_length=12, description="ISO 6166.", examples=["US0378331005"], extra_json_schema=_CODE
    ),
]
Lei = Annotated[
    str,
    msgspec.Meta(
        max_length=20,
        description="Legal entity identifier, ISO 17442.",
        examples=["5493001KJTIIGC8Y1R12"],
        extra_json_schema=_CODE,
    ),
]
Bic = Annotated[
    str,
    msgspec.Meta(
        max_length=11, description="ISO 9362.", examples=["DEUTDEFF500"], extra_json_schema=_CODE
    ),
]
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=_TEXT, max_length=140, description="A name to show.", examples=["Apple Inc."]
    ),
]
Reason = Annotated[
    str,
    msgspec.Meta(
        pattern=_TEXT,
        max_length=1_000,
        description="Why, in people's words. Kept outside the log, which holds its SHA-256.",
        examples=["trading halt requested by the venue"],
    ),
]
Reference = Annotated[
    str,
    msgspec.Meta(
        pattern=_REFERENCE,
        description="The sender's own reference: 1 to 64 visible ASCII characters, no spaces.",
        examples=["INV-2026-0001"],
    ),
]
Day = Annotated[date, msgspec.Meta(description="An ISO 8601 day.", examples=["2026-11-23"])]


class Request(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", gc=False
):
    """The base of what a caller may send: camel case, and nothing that is not declared."""
