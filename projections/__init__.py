"""Read models: events in, rows out. Where events come from and how rows are written is not here."""
