"""Trades: what was submitted and what the ledger made of it."""
