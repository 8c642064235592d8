"""What can go wrong with an embedded server."""


class EmbeddedServerError(Exception):
    """An embedded server cannot be started or reached; the message says why."""
