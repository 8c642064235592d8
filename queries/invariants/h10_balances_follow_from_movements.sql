-- H10: Every balance is the one before it plus the amount that moved.
-- So a balance at any time is an earlier one plus the movements between.
SELECT ledger_position,
       format('%s: %s of %s moved from %s must leave %s, and not %s', account_id, amount, asset,
              before, before + amount, balance) AS detail
FROM (
    SELECT *, coalesce(lag(balance) OVER one_asset, 0) AS before
    FROM ledger_movements
    WINDOW one_asset AS (PARTITION BY account_id, asset ORDER BY ledger_position, line)
) chain
WHERE before + amount <> balance
