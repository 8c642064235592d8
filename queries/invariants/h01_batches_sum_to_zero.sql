-- H1, H2: The movements of every instruction sum to zero, per security and per currency.
-- Holders' total is then what the issuer's account is below zero, and cash what the bank's is; and
-- since an instruction's movements are recorded together, it holds at every ledger position.
SELECT min(ledger_position) AS ledger_position,
       format('%s moves %s of %s in total', cause, sum(amount), asset) AS detail
FROM ledger_movements
GROUP BY cause, asset
HAVING sum(amount) <> 0
