"""The event store: the log in PostgreSQL, on the eventsourcing library."""
