-- H8, A2: A settled trade moved its quantity and its consideration, both ways, and nothing else.
-- All four movements or none; two where the consideration rounds to nothing.
WITH settled AS (
    SELECT notification_id, substr(originator_id, strpos(originator_id, ':') + 1) AS cause,
           convert_from(state, 'UTF8')::jsonb AS data
    FROM ledger_events
    WHERE topic = 'TradeSettled.v1'
), due AS (
    SELECT s.notification_id, s.cause, leg.account_id, leg.asset, leg.amount
    FROM settled s
    CROSS JOIN LATERAL (VALUES
        (data->>'seller_account_id', data->>'instrument_id', -(data->>'quantity')::bigint),
        (data->>'buyer_account_id', data->>'instrument_id', (data->>'quantity')::bigint),
        (data->>'seller_account_id', data->>'currency', (data->>'consideration')::bigint),
        (data->>'buyer_account_id', data->>'currency', -(data->>'consideration')::bigint)
    ) leg(account_id, asset, amount)
    WHERE leg.amount <> 0
), moved AS (
    SELECT ledger_position, cause, account_id, asset, amount
    FROM ledger_movements
    WHERE cause LIKE 'trade:%'
)
SELECT coalesce(m.ledger_position, d.notification_id) AS ledger_position,
       format('%s: %s of %s on %s was %s', coalesce(m.cause, d.cause),
              coalesce(m.amount, d.amount), coalesce(m.asset, d.asset),
              coalesce(m.account_id, d.account_id),
              CASE WHEN m.cause IS NULL THEN 'due and not moved' ELSE 'moved and not due' END
       ) AS detail
FROM due d
FULL JOIN moved m
  ON m.cause = d.cause AND m.account_id = d.account_id AND m.asset = d.asset
 AND m.amount = d.amount
WHERE m.cause IS NULL OR d.cause IS NULL
