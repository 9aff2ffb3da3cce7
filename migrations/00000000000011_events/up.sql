-- The outbox: a row for every fact, written by the transaction that made it true. Committing it notifies listeners.
CREATE TABLE events (
    seq        bigint      GENERATED ALWAYS AS IDENTITY,
    kind       text        NOT NULL,
    subject_id uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (seq)
);
CREATE INDEX events_created_idx ON events (created_at);
