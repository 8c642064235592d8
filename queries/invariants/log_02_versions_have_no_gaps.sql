-- Log: The versions of every stream run from 1 without gaps, in the order of ledger positions.
SELECT notification_id AS ledger_position,
       format('%s: version %s where %s is due', originator_id, originator_version, due) AS detail
FROM (
    SELECT notification_id, originator_id, originator_version,
           row_number() OVER (PARTITION BY originator_id ORDER BY notification_id) AS due
    FROM ledger_events
) chain
WHERE originator_version <> due
