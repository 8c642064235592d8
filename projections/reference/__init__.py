"""Reference data as they are now: participants, instruments, accounts, business days."""
