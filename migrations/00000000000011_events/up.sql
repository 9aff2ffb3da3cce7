-- The outbox: a row for every fact, written by the transaction that made it true. Committing it notifies listeners.
CREATE TABLE events (
    seq        bigint      GENERATED ALWAYS AS IDENTITY,
    kind       text        NOT NULL,
    subject_id uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (seq)
);
CREATE INDEX events_created_idx ON events (created_at);

CREATE FUNCTION events_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('cartwright_events', json_build_object('kind', NEW.kind, 'id', NEW.subject_id)::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER events_notify AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_notify();
