"""Kafka: topics, and the publishing of whole pages of records."""
