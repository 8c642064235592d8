-- H9: The read model's positions are the ledger's balances, at the position it has reached.
-- Each account and asset, in both directions.
WITH reached AS (
    SELECT coalesce(max(notification_id), 0) AS position
    FROM ledger_tracking WHERE application_name = 'positions'
), ledger AS (
    SELECT DISTINCT ON (account_id, asset) account_id, asset, balance, ledger_position
    FROM ledger_movements
    WHERE ledger_position <= (SELECT position FROM reached)
    ORDER BY account_id, asset, ledger_position DESC, line DESC
)
SELECT coalesce(p.ledger_position, l.ledger_position) AS ledger_position,
       format('%s has %s of %s in the read model, %s in the ledger',
              coalesce(p.account_id, l.account_id), coalesce(p.quantity::text, 'nothing'),
              coalesce(p.asset, l.asset), coalesce(l.balance::text, 'nothing')) AS detail
FROM positions p
FULL JOIN ledger l ON l.account_id = p.account_id AND l.asset = p.asset
WHERE (p.quantity, p.ledger_position) IS DISTINCT FROM (l.balance, l.ledger_position)
