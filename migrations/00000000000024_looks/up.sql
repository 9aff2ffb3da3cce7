-- When the provider of an open payment session is asked next where it stands, should it tell nothing on its own.
ALTER TABLE payment_sessions ADD COLUMN look_at timestamptz NOT NULL DEFAULT now() + interval '1 minute';
CREATE INDEX payment_sessions_look_idx ON payment_sessions (look_at)
    WHERE status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING');
