"""Valkey (or Redis): shared limits. Nothing here is needed for correctness."""
