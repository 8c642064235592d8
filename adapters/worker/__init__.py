"""The clearing worker: the only writer of account streams."""
