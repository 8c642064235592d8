"""Everything that touches the outside world; nothing in here decides."""
