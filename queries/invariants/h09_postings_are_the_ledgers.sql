-- H9: The read model's postings are the ledger's movements, at the position it has reached.
-- Every column of every movement, in both directions.
WITH reached AS (
    SELECT coalesce(max(notification_id), 0) AS position
    FROM ledger_tracking WHERE application_name = 'postings'
), ledger AS (
    SELECT * FROM ledger_movements WHERE ledger_position <= (SELECT position FROM reached)
)
SELECT coalesce(p.ledger_position, l.ledger_position) AS ledger_position,
       format('%s of %s on %s: %s', coalesce(p.amount, l.amount), coalesce(p.asset, l.asset),
              coalesce(p.account_id, l.account_id),
              CASE WHEN p.account_id IS NULL THEN 'not in the read model'
                   WHEN l.account_id IS NULL THEN 'not in the ledger'
                   ELSE 'differs from the ledger' END) AS detail
FROM postings p
FULL JOIN ledger l
  ON l.account_id = p.account_id AND l.asset = p.asset AND l.ledger_position = p.ledger_position
WHERE (p.amount, p.balance, p.business_date, p.value_date, p.recorded_at,
       lower(p.cause_kind::text) || ':' || p.cause_id)
      IS DISTINCT FROM
      (l.amount, l.balance, l.business_date, l.value_date, l.recorded_at, l.cause)
