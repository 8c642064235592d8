"""The rules of clearing and settlement: pure functions over frozen structures, no I/O, no clock."""
