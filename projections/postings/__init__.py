"""Postings: every movement of every account."""
