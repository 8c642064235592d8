"""Refusals at the door: what can be judged without looking at the ledger."""


class RequestRefused(ValueError):
    """A request that cannot be recorded as it stands.

    `code` is stable (UPPER_SNAKE), `pointer` a JSON pointer (RFC 6901) to the offending part of the
    body, `detail` says what is wrong with it.
    """

    def __init__(self, code: str, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.code = code
        self.pointer = pointer
        self.detail = detail
