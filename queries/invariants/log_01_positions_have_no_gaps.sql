-- Log: Ledger positions run from 1 without gaps, and recorded time never goes back.
-- A removed event cannot hide. (Events missing at the very end can only be seen by whoever
-- remembers that they were there.)
SELECT notification_id AS ledger_position,
       CASE WHEN notification_id <> expected
            THEN format('position %s is missing', expected)
            ELSE 'recorded before the event ahead of it' END AS detail
FROM (
    SELECT notification_id, recorded_at,
           coalesce(lag(notification_id) OVER in_order, 0) + 1 AS expected,
           lag(recorded_at) OVER in_order AS recorded_before
    FROM ledger_events
    WINDOW in_order AS (ORDER BY notification_id)
) chain
WHERE notification_id <> expected OR recorded_at < recorded_before
