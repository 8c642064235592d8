"""Trades: from submission to validation, and the state that clearing decides on."""
