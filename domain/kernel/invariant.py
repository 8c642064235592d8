"""What must always hold: a breach is a bug or an altered log, never an answer to a caller."""


class InvariantBroken(AssertionError):
    """The state and the log disagree; whoever sees this stops instead of writing on.

    Raised explicitly rather than by `assert`, which `python -O` would leave out.
    """
