-- The ledger: an append-only log of events, its order of ids the order of commit.
--
-- Ids are assigned by the appender while it holds the segment's advisory lock, never by a sequence:
-- a sequence leaves gaps after a rollback, and a log with gaps could hide a removed event.
-- `state` and `metadata` are bytes of UTF-8 JSON and not jsonb, which would rewrite them: the bytes
-- are hashed into the transparency log. The widest columns come last, fixed ones first, to save padding.

CREATE TABLE ledger_events (
    notification_id    bigint      NOT NULL,
    recorded_at        timestamptz NOT NULL,
    event_id           uuid        NOT NULL,
    originator_version bigint      NOT NULL,
    causation          bigint,
    originator_id      text COLLATE "C" NOT NULL,
    topic              text COLLATE "C" NOT NULL,
    state              bytea       NOT NULL,
    metadata           bytea,
    CONSTRAINT ledger_events_pkey PRIMARY KEY (originator_id, originator_version),
    CONSTRAINT ledger_events_position_positive CHECK (notification_id > 0),
    CONSTRAINT ledger_events_size CHECK (octet_length(state) <= 61440)
);
CREATE UNIQUE INDEX ledger_events_notification_id_idx ON ledger_events (notification_id);

-- Owners and superusers are refused as well: privileges alone would not stop them.
CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'correct with compensating events';
END $$;

CREATE TRIGGER ledger_events_append_only_rows
    BEFORE UPDATE OR DELETE ON ledger_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_ledger();
CREATE TRIGGER ledger_events_append_only_statements
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger();
-- Also where triggers are switched off for a session (session_replication_role = replica).
ALTER TABLE ledger_events ENABLE ALWAYS TRIGGER ledger_events_append_only_rows;
ALTER TABLE ledger_events ENABLE ALWAYS TRIGGER ledger_events_append_only_statements;

-- What an auditor reads with nothing but psql.
CREATE VIEW ledger AS
SELECT notification_id                  AS ledger_position,
       recorded_at,
       originator_id                    AS stream,
       originator_version               AS version,
       topic                            AS event,
       convert_from(state, 'UTF8')::json    AS data,
       convert_from(metadata, 'UTF8')::json AS metadata,
       causation,
       event_id
FROM ledger_events;

-- Texts that the log refers to by digest: reasons, in people's own words, stay out of it.
CREATE TABLE documents (
    digest  text COLLATE "C" PRIMARY KEY,
    content text NOT NULL
);

GRANT SELECT, INSERT ON ledger_events, documents TO clearing_app;
GRANT SELECT ON ledger TO clearing_app;
