"""The base of everything the ledger records."""

import msgspec


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """A fact in the ledger, named in the past tense.

    The declaration order of a subclass is the order of its fields in the stored JSON, for ever;
    optional fields that are absent take no bytes. Integers and exact decimals only. A field that a
    version does not know is an error: dropped in silence it would change what was recorded.
    """
