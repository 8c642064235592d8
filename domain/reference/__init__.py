"""Reference data: participants, instruments and the business day."""
