-- H6: No member's securities go below zero, and no member's cash below its account's limit.
-- At every ledger position: each balance that a movement left is looked at, not only the last.
-- Whatever is no listed instrument is a currency.
WITH members AS (
    SELECT split_part(originator_id, ':', 3) AS account_id,
           convert_from(state, 'UTF8')::jsonb->'cash_limits' AS cash_limits
    FROM ledger_events
    WHERE topic = 'AccountOpened.v1'
      AND convert_from(state, 'UTF8')::jsonb->>'kind' IN ('HOUSE', 'OMNIBUS', 'INDIVIDUAL')
), securities AS (
    SELECT split_part(originator_id, ':', 3) AS asset
    FROM ledger_events
    WHERE topic = 'InstrumentListed.v1'
)
SELECT m.ledger_position,
       format('%s has %s of %s', m.account_id, m.balance, m.asset) AS detail
FROM ledger_movements m
JOIN members USING (account_id)
LEFT JOIN securities s USING (asset)
WHERE m.amount < 0
  AND m.balance < CASE WHEN s.asset IS NULL
                       THEN -coalesce((members.cash_limits->>m.asset)::bigint, 0)
                       ELSE 0 END
