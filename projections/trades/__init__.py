"""Trades: what was submitted, and why it was rejected."""
