"""Accounts, their movements, and the book of all balances."""
