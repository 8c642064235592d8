-- H9: The read models know the outcome of every instruction as the ledger does.
-- Submitted, settled and rejected, each at its ledger position, in both directions; as far as the
-- read models of trades, transfers and settlements have all come.
WITH reached AS (
    SELECT CASE WHEN count(*) = 3 THEN min(notification_id) ELSE 0 END AS position
    FROM ledger_tracking WHERE application_name IN ('trades', 'transfers', 'settlements')
), ledger AS (
    SELECT notification_id AS ledger_position, split_part(originator_id, ':', 3) AS id,
           CASE WHEN topic LIKE '%Submitted.v1' THEN 'submitted'
                WHEN topic LIKE '%Settled.v1' THEN 'settled'
                ELSE 'rejected ' || (convert_from(state, 'UTF8')::jsonb->>'code') END AS state
    FROM ledger_events
    WHERE topic IN ('TradeSubmitted.v1', 'TradeSettled.v1', 'TradeRejected.v1',
                    'TransferSubmitted.v1', 'TransferSettled.v1', 'TransferRejected.v1')
), known AS (
    SELECT submitted_position AS ledger_position, trade_id::text AS id, 'submitted' AS state
    FROM trades
    UNION ALL SELECT submitted_position, transfer_id::text, 'submitted' FROM transfers
    UNION ALL SELECT ledger_position, instruction_id::text, 'settled'
              FROM settlements WHERE ledger_position IS NOT NULL
    UNION ALL SELECT ledger_position, trade_id::text, 'rejected ' || code FROM trade_rejections
    UNION ALL SELECT ledger_position, transfer_id::text, 'rejected ' || code
              FROM transfer_rejections
)
SELECT ledger_position,
       format('%s: %s in the ledger, %s in the read models', coalesce(l.id, k.id),
              coalesce(l.state, 'nothing'), coalesce(k.state, 'nothing')) AS detail
FROM (SELECT * FROM ledger WHERE ledger_position <= (SELECT position FROM reached)) l
FULL JOIN (SELECT * FROM known WHERE ledger_position <= (SELECT position FROM reached)) k
     USING (ledger_position)
WHERE (l.id, l.state) IS DISTINCT FROM (k.id, k.state)
