"""A demonstration day: real instruments at real prices, invented brokers, simulated trades."""
