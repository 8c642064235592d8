-- What the relay and the readers of Kafka must remember beside their positions.

-- Restoring a backup takes positions back, and later events use them again. Each restore begins an
-- incarnation: its id goes with every record and every tracking row. A record of an older one counts
-- up to the `since_position` of the next, and no further: what came after it never happened.
CREATE TABLE ledger_incarnations (
    number         integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incarnation    uuid        NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    since_position bigint      NOT NULL,
    began_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO ledger_incarnations (since_position)
SELECT coalesce(max(notification_id), 0) FROM ledger_events;

-- The topics that the relay's position is about. A topic that was deleted and made again has another
-- id and lacks what was published before; Kafka does not say so.
CREATE TABLE relay_topics (
    topic    text COLLATE "C" PRIMARY KEY,
    topic_id uuid NOT NULL
);

GRANT SELECT ON ledger_incarnations TO clearing_app;
GRANT SELECT, INSERT, UPDATE ON relay_topics TO clearing_app;
