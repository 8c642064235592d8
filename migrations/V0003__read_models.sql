-- The read models: what the log says, in the shape in which it is asked for. Each can be dropped and
-- rebuilt from the log (`clearing rebuild`).
--
-- What happens once a trade is a row that is inserted once and never changed: no dead rows, COPY
-- writes it, and the rows are the same whatever the order of the accounts' events. Ids of
-- instructions are uuids (16 bytes), the fixed columns come first (no padding), and participants of
-- an account are looked up in `accounts` instead of being repeated. Indexes keep the names that
-- PostgreSQL gives them, because CREATE TABLE … (LIKE …) gives a rebuilt table the same ones.

CREATE TYPE instruction_kind AS ENUM ('TRADE', 'TRANSFER');
CREATE TYPE instruction_outcome AS ENUM ('SETTLED', 'REJECTED');

-- Read model `trades`: what was submitted, and why it was rejected. One that is in neither of
-- `trade_rejections` and `settlements` waits for its decision.
CREATE TABLE trades (
    trade_id                      uuid        NOT NULL PRIMARY KEY,
    submitted_position            bigint      NOT NULL UNIQUE,
    submitted_at                  timestamptz NOT NULL,
    quantity                      bigint      NOT NULL,
    executed_at                   timestamptz,
    trade_date                    date,
    settlement_date_intended      date,
    price                         numeric     NOT NULL,
    instrument_id                 text COLLATE "C" NOT NULL,
    buyer_account_id              text COLLATE "C" NOT NULL,
    seller_account_id             text COLLATE "C" NOT NULL,
    submitted_by                  text COLLATE "C",
    currency                      text COLLATE "C",
    venue                         text COLLATE "C",
    venue_trade_id                text COLLATE "C",
    capacity                      text COLLATE "C",
    basis                         text COLLATE "C",
    client_reference              text COLLATE "C",
    unique_transaction_identifier text COLLATE "C"
);
CREATE INDEX ON trades (buyer_account_id, submitted_position);
CREATE INDEX ON trades (seller_account_id, submitted_position);
COMMENT ON COLUMN trades.trade_date IS 'as submitted; the one that counts is in settlements';

CREATE TABLE trade_rejections (
    trade_id        uuid        NOT NULL PRIMARY KEY,
    ledger_position bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL,
    business_date   date,
    code            text COLLATE "C" NOT NULL,
    side            text COLLATE "C"
);

-- Read model `positions`: the latest balance of each account and asset. Half of each page is left
-- free, so that the new version of a row stays on its page and no index changes.
CREATE TABLE positions (
    ledger_position bigint NOT NULL,
    quantity        bigint NOT NULL,
    account_id      text COLLATE "C" NOT NULL,
    asset           text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, asset)
) WITH (fillfactor = 50);
CREATE INDEX ON positions (asset, account_id);

-- Read model `postings`: every movement with the balance after it, so that a balance at any position
-- is one look-up. Amounts are units of an instrument or minor units of a currency.
CREATE TABLE postings (
    ledger_position bigint           NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    amount          bigint           NOT NULL,
    balance         bigint           NOT NULL,
    cause_id        uuid             NOT NULL,
    cause_kind      instruction_kind NOT NULL,
    business_date   date             NOT NULL,
    value_date      date             NOT NULL,
    account_id      text COLLATE "C" NOT NULL,
    asset           text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, asset, ledger_position)
);

-- Read model `settlements`: obligations that were settled, one an instruction. A trade's deliverer is
-- its seller; a transfer has no consideration (minor units of `currency`) and no trade date. A row
-- without position is a trade that is valid and whose settlement was not read yet. Business dates
-- only go forward with the position.
CREATE TABLE settlements (
    instruction_id           uuid NOT NULL PRIMARY KEY,
    ledger_position          bigint,
    recorded_at              timestamptz,
    quantity                 bigint,
    consideration            bigint,
    business_date            date,
    trade_date               date,
    settlement_date_intended date,
    kind                     instruction_kind,
    asset                    text COLLATE "C",
    deliverer_account_id     text COLLATE "C",
    receiver_account_id      text COLLATE "C",
    currency                 text COLLATE "C"
);
CREATE INDEX ON settlements (business_date, ledger_position);
CREATE INDEX ON settlements (deliverer_account_id, ledger_position);
CREATE INDEX ON settlements (receiver_account_id, ledger_position);

-- Read model `transfers`.
CREATE TABLE transfers (
    transfer_id        uuid        NOT NULL PRIMARY KEY,
    submitted_position bigint      NOT NULL UNIQUE,
    submitted_at       timestamptz NOT NULL,
    amount             bigint      NOT NULL,
    kind               text COLLATE "C" NOT NULL,
    asset              text COLLATE "C" NOT NULL,
    from_account_id    text COLLATE "C" NOT NULL,
    to_account_id      text COLLATE "C" NOT NULL,
    submitted_by       text COLLATE "C",
    client_reference   text COLLATE "C"
);
CREATE INDEX ON transfers (from_account_id, submitted_position);
CREATE INDEX ON transfers (to_account_id, submitted_position);

CREATE TABLE transfer_rejections (
    transfer_id     uuid        NOT NULL PRIMARY KEY,
    ledger_position bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL,
    business_date   date,
    code            text COLLATE "C" NOT NULL,
    side            text COLLATE "C"
);

-- Read model `notifications`: each participant's outcomes. A participant on both sides has one row.
CREATE TABLE notifications (
    ledger_position bigint              NOT NULL,
    recorded_at     timestamptz         NOT NULL,
    instruction_id  uuid                NOT NULL,
    kind            instruction_kind    NOT NULL,
    outcome         instruction_outcome NOT NULL,
    participant_id  text COLLATE "C"    NOT NULL,
    code            text COLLATE "C",
    side            text COLLATE "C",
    PRIMARY KEY (participant_id, ledger_position)
);

-- Read model `reference`: participants, instruments, accounts, business days as they are now.
-- `ledger_position` is that of the last change.
CREATE TABLE participants (
    participant_id  text COLLATE "C" NOT NULL PRIMARY KEY,
    name            text    NOT NULL,
    lei             text COLLATE "C",
    bic             text COLLATE "C",
    suspended       boolean NOT NULL,
    reason_digest   text COLLATE "C",
    ledger_position bigint  NOT NULL
);

CREATE TABLE instruments (
    instrument_id     text COLLATE "C" NOT NULL PRIMARY KEY,
    isin              text COLLATE "C" NOT NULL,
    name              text    NOT NULL,
    currency          text COLLATE "C" NOT NULL,
    lot_size          bigint  NOT NULL,
    tick_size         numeric NOT NULL,
    settlement_model  text COLLATE "C" NOT NULL,
    cycle_days        integer NOT NULL,
    mic               text COLLATE "C" NOT NULL,
    issuer_account_id text COLLATE "C",
    status            text COLLATE "C" NOT NULL,
    reason_digest     text COLLATE "C",
    ledger_position   bigint  NOT NULL
);

CREATE TABLE accounts (
    account_id         text COLLATE "C" NOT NULL PRIMARY KEY,
    participant_id     text COLLATE "C" NOT NULL,
    clearing_member_id text COLLATE "C" NOT NULL,
    kind               text COLLATE "C" NOT NULL,
    capture_policy     text COLLATE "C" NOT NULL,
    cash_limits        jsonb   NOT NULL,
    suspended          boolean NOT NULL,
    cause              text COLLATE "C",
    ledger_position    bigint  NOT NULL
);
CREATE INDEX ON accounts (participant_id, account_id);
COMMENT ON COLUMN accounts.cause IS 'the request behind the last suspension or reinstatement';

CREATE TABLE account_requests (
    request         text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id      text COLLATE "C" NOT NULL,
    reason_digest   text COLLATE "C" NOT NULL,
    ledger_position bigint NOT NULL
);

CREATE TABLE business_days (
    calendar        text COLLATE "C" NOT NULL,
    business_date   date        NOT NULL,
    opened_position bigint      NOT NULL,
    opened_at       timestamptz NOT NULL,
    closed_position bigint,
    closed_at       timestamptz,
    PRIMARY KEY (business_date, calendar)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    trades, trade_rejections, positions, postings, settlements, transfers, transfer_rejections,
    notifications, participants, instruments, accounts, account_requests, business_days
TO clearing_app;
