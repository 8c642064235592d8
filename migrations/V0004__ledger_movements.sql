-- The movements as the log holds them, one a row: what auditors and `clearing verify` compare the
-- read models with. A view, so that nothing stands between it and the stored bytes.
CREATE VIEW ledger_movements AS
SELECT e.notification_id                    AS ledger_position,
       e.recorded_at,
       split_part(e.originator_id, ':', 3)  AS account_id,
       d.data->>'cause'                     AS cause,
       (d.data->>'business_date')::date     AS business_date,
       (d.data->>'value_date')::date        AS value_date,
       m.ordinality                         AS line,
       m.movement->>0                       AS asset,
       (m.movement->>1)::bigint             AS amount,
       (m.movement->>2)::bigint             AS balance
FROM ledger_events e
CROSS JOIN LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS data) d
CROSS JOIN LATERAL jsonb_array_elements(d.data->'movements') WITH ORDINALITY m(movement, ordinality)
WHERE e.topic = 'PositionUpdated.v1';

GRANT SELECT ON ledger_movements TO clearing_app;
