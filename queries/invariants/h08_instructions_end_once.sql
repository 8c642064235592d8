-- H8, A3: An instruction is settled or rejected at most once, and never both.
SELECT max(notification_id) AS ledger_position,
       format('%s ended %s times', originator_id, count(*)) AS detail
FROM ledger_events
WHERE topic IN ('TradeSettled.v1', 'TradeRejected.v1', 'TransferSettled.v1', 'TransferRejected.v1')
GROUP BY originator_id
HAVING count(*) > 1
