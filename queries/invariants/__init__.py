"""What must always hold, each as a query that finds where it does not.

Every file is one SELECT of (ledger_position, detail), without rows when the invariant holds. Its
first line of comment names the rule and says it in a sentence; the lines after it say how it is
proven. They run with nothing but psql (`SET search_path TO clearing_us`), and see one moment.
"""
