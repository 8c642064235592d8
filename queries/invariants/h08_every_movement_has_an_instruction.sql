-- H8: Every movement belongs to an instruction that was submitted before it and settled after it.
-- No orphan, and no movement of an instruction that was rejected.
WITH instructions AS (
    SELECT substr(originator_id, strpos(originator_id, ':') + 1) AS cause,
           min(notification_id)
               FILTER (WHERE topic IN ('TradeSubmitted.v1', 'TransferSubmitted.v1')) AS submitted,
           min(notification_id)
               FILTER (WHERE topic IN ('TradeSettled.v1', 'TransferSettled.v1')) AS settled
    FROM ledger_events
    WHERE topic IN ('TradeSubmitted.v1', 'TransferSubmitted.v1',
                    'TradeSettled.v1', 'TransferSettled.v1')
    GROUP BY originator_id
)
SELECT m.ledger_position,
       format('%s of %s on %s is caused by %s, which was %s', m.amount, m.asset, m.account_id,
              m.cause, CASE WHEN i.submitted IS NULL THEN 'never submitted'
                            ELSE 'not settled behind it' END) AS detail
FROM ledger_movements m
LEFT JOIN instructions i USING (cause)
WHERE (i.submitted < m.ledger_position AND m.ledger_position < i.settled) IS NOT TRUE
