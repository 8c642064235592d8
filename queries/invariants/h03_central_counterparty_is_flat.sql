-- H3: The central counterparty holds nothing when a cycle has ended.
-- Trades settle gross, each in a cycle of its own: its accounts are flat at all times.
WITH counterparty AS (
    SELECT split_part(originator_id, ':', 3) AS account_id
    FROM ledger_events
    WHERE topic = 'AccountOpened.v1' AND convert_from(state, 'UTF8')::jsonb->>'kind' = 'CCP'
)
SELECT m.ledger_position,
       format('%s holds %s of %s', m.account_id, m.balance, m.asset) AS detail
FROM ledger_movements m
JOIN counterparty USING (account_id)
WHERE m.balance <> 0
