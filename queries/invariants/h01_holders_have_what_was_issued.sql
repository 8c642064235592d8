-- H1, H2: All accounts' latest balances of an asset sum to zero, the house's included.
-- Shown from the balances themselves and not from the amounts, so that a false balance is seen too.
SELECT max(latest.ledger_position) AS ledger_position,
       format('balances of %s sum to %s', asset, sum(balance)) AS detail
FROM (
    SELECT DISTINCT ON (account_id, asset) ledger_position, asset, balance
    FROM ledger_movements
    ORDER BY account_id, asset, ledger_position DESC, line DESC
) latest
GROUP BY asset
HAVING sum(balance) <> 0
