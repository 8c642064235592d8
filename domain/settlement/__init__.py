"""Delivery versus payment, and transfers in and out of the ledger."""
