-- What the writers of the log need beside it.

-- Leadership: a lease with an epoch. The epoch is raised under the append lock and compared inside
-- every append of the holder, so a leader that was stopped and resumed cannot write.
CREATE TABLE leases (
    name          text COLLATE "C" PRIMARY KEY,
    epoch         bigint      NOT NULL,
    holder        text        NOT NULL,
    backend_pid   integer     NOT NULL,
    backend_start timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);

-- How far each follower of the log has come (the eventsourcing library's tracking table).
CREATE TABLE ledger_tracking (
    application_name text COLLATE "C" PRIMARY KEY,
    notification_id  bigint NOT NULL
) WITH (fillfactor = 50);

-- The clearing worker's state at a position, so that a start reads only the tail of the log.
-- `instructions_until`: every instruction up to here is decided; `outputs_until`: every event of the
-- worker's own up to here is in the state.
CREATE TABLE worker_checkpoints (
    instructions_until bigint      PRIMARY KEY,
    outputs_until      bigint      NOT NULL,
    state_version      integer     NOT NULL,
    recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    state              bytea       NOT NULL
);

-- Business keys: the same trade reported twice is one trade, whatever its idempotency key. By trade
-- date, so that old ranges can be moved away.
CREATE TABLE trade_keys (
    trade_date     date NOT NULL,
    submitter      text COLLATE "C" NOT NULL,
    venue          text COLLATE "C" NOT NULL,
    venue_trade_id text COLLATE "C" NOT NULL,
    trade_id       uuid  NOT NULL,
    fingerprint    bytea NOT NULL,
    PRIMARY KEY (trade_date, submitter, venue, venue_trade_id)
) PARTITION BY RANGE (trade_date);
CREATE TABLE trade_keys_default PARTITION OF trade_keys DEFAULT;

-- Answers to administrative commands under an idempotency key, stored with their events.
CREATE TABLE command_replies (
    key             uuid        PRIMARY KEY,
    fingerprint     bytea       NOT NULL,
    status          integer     NOT NULL,
    body            bytea       NOT NULL,
    ledger_position bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The application's role creates no tables; the month's partition is made by the owner on its behalf.
CREATE FUNCTION ensure_trade_keys_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    name  text := 'trade_keys_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF trade_keys FOR VALUES FROM (%L) TO (%L)',
                       name, first, (first + interval '1 month')::date);
    END IF;
END $$;

GRANT SELECT, INSERT, UPDATE ON leases, ledger_tracking TO clearing_app;
GRANT SELECT, INSERT, DELETE ON worker_checkpoints TO clearing_app;
GRANT SELECT, INSERT ON trade_keys, command_replies TO clearing_app;
GRANT EXECUTE ON FUNCTION ensure_trade_keys_partition(date) TO clearing_app;
