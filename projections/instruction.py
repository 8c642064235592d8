"""Ids of instructions, as the read models keep them."""

from domain.kernel.streams import StreamKind

INSTRUCTION_KINDS = {
    StreamKind.TRADE.value: "TRADE",
    StreamKind.TRANSFER.value: "TRANSFER",
}
"""The values of the database's `instruction_kind`, by kind of stream."""


def instruction_id(stream: str) -> bytes:
    """The 16 bytes of the uuid that a stream (or cause) of an instruction ends with.

    Raises `ValueError` when it does not end with one.
    """
    raw = bytes.fromhex(stream[stream.rindex(":") + 1 :].replace("-", ""))
    if len(raw) != 16:
        raise ValueError(f"{stream} does not end with a uuid")
    return raw


def kind_of_cause(cause: str) -> str:
    """The kind of instruction in a cause (`trade:<id>`); raises `KeyError` for another one."""
    return INSTRUCTION_KINDS[cause[: cause.index(":")]]
