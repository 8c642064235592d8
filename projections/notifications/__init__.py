"""Notifications: what participants are told."""
