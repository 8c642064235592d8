"""Questions to the read models: one file each, SQL in, msgspec view out.

Every query is given an asynchronous connection in autocommit mode whose search path is the
segment's schema, and says in its answer which ledger position it reflects. `participants` limits
what is seen to what concerns these participants; None sees everything.
"""
