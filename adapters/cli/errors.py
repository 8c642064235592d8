"""What ends a command with one line instead of a traceback."""


class CommandError(Exception):
    """The command cannot go on, for a reason outside the program that the message says in full."""
