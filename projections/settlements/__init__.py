"""Settlements: the obligations of trades and transfers that were settled."""
