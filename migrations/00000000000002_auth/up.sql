CREATE TABLE staff (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL,
    name          text        NOT NULL,
    password_hash text        NOT NULL,
    permissions   text[]      NOT NULL,
    active        boolean     NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL,
    CONSTRAINT staff_email_key UNIQUE (email),
    CONSTRAINT staff_email_lower CHECK (email = lower(email))
);

-- A session is one login on one device. Its refresh token rotates: only the newest one's hash is kept, and showing
-- an older one ends the session.
CREATE TABLE sessions (
    id           uuid        PRIMARY KEY,
    subject_kind text        NOT NULL,
    subject_id   uuid        NOT NULL,
    refresh_hash bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT sessions_subject_kind_known CHECK (subject_kind IN ('CUSTOMER', 'STAFF'))
);
CREATE INDEX sessions_subject_idx ON sessions (subject_kind, subject_id);
