"""Read models: events become rows and the position, in one transaction."""
