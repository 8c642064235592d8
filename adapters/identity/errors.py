"""What can go wrong with a token."""


class TokenRejected(Exception):
    """The token does not prove who calls.

    Attributes:
        reason: why, in words that may be shown to the caller.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IdentityUnavailable(Exception):
    """The issuer's keys cannot be read, so that no token can be judged; try again later."""
