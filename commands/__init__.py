"""Intents: one file each. Load, decide, append, answer with the ledger position."""
