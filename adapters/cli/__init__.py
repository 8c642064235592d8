"""The command line, `clearing`: one process a role, and the platform as a whole."""
