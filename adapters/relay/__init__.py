"""The relay: from the log to Kafka."""
