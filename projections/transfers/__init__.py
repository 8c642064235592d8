"""Transfers: what was asked for and what the ledger made of it."""
