"""Transfers: what was asked for, and why it was rejected."""
