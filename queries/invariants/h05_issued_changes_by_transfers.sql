-- H5: What was issued or paid in changes only by a settled transfer, by exactly its amount.
-- The accounts of issuers and banks are moved by nothing else.
WITH house AS (
    SELECT split_part(originator_id, ':', 3) AS account_id
    FROM ledger_events
    WHERE topic = 'AccountOpened.v1'
      AND convert_from(state, 'UTF8')::jsonb->>'kind' IN ('ISSUER', 'BANK')
), settled AS (
    SELECT substr(originator_id, strpos(originator_id, ':') + 1) AS cause,
           convert_from(state, 'UTF8')::jsonb AS data
    FROM ledger_events
    WHERE topic = 'TransferSettled.v1'
)
SELECT m.ledger_position,
       format('%s moves %s of %s on %s, which no settled transfer states',
              m.cause, m.amount, m.asset, m.account_id) AS detail
FROM ledger_movements m
JOIN house USING (account_id)
LEFT JOIN settled s
  ON s.cause = m.cause
 AND s.data->>'asset' = m.asset
 AND CASE m.account_id
         WHEN s.data->>'from_account_id' THEN -(s.data->>'amount')::bigint
         WHEN s.data->>'to_account_id' THEN (s.data->>'amount')::bigint
     END = m.amount
WHERE s.cause IS NULL
