"""Questions: one file each. SQL in, a view out."""
