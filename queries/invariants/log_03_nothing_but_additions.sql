-- H11: The log can only be added to: the application may not change it, and triggers refuse it.
SELECT NULL::bigint AS ledger_position,
       format('clearing_app may %s ledger_events', privilege) AS detail
FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
WHERE has_table_privilege('clearing_app', 'ledger_events', privilege)
UNION ALL
SELECT NULL, format('trigger %s is missing or disabled', due.name)
FROM (VALUES ('ledger_events_append_only_rows'), ('ledger_events_append_only_statements')) due(name)
LEFT JOIN pg_trigger t
  ON t.tgrelid = 'ledger_events'::regclass AND t.tgname = due.name AND t.tgenabled IN ('O', 'A')
WHERE t.oid IS NULL
