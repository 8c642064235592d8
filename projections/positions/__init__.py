"""Positions: the latest balance of each account and asset."""
