-- Runs of durable workflows, and what became of each of their steps.
CREATE TABLE workflow_runs (
    id          uuid        NOT NULL,
    workflow    text        NOT NULL,
    key         text        NOT NULL,
    subject     text        NOT NULL,
    state       jsonb       NOT NULL,
    status      text        NOT NULL,
    undoing     boolean     NOT NULL,
    step        text        NOT NULL,
    attempt     integer     NOT NULL,
    called      boolean     NOT NULL,
    wakes       integer     NOT NULL,
    error       jsonb,
    lease_owner uuid,
    lease_until timestamptz,
    due_at      timestamptz,
    version     integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT workflow_runs_pkey PRIMARY KEY (id),
    CONSTRAINT workflow_runs_one_for_a_key UNIQUE (workflow, key),
    CONSTRAINT workflow_runs_known_status CHECK (
        status IN ('PENDING', 'RUNNING', 'WAITING', 'DONE', 'COMPENSATING', 'COMPENSATED', 'STUCK')
    ),
    CONSTRAINT workflow_runs_due_while_unfinished CHECK (
        (due_at IS NULL) = (status IN ('DONE', 'COMPENSATED', 'STUCK'))
    ),
    CONSTRAINT workflow_runs_finished_at_the_end CHECK (
        (finished_at IS NOT NULL) = (status IN ('DONE', 'COMPENSATED'))
    )
);
-- What is to be taken up: one look into a small index, however many runs have ended.
CREATE INDEX workflow_runs_due_idx ON workflow_runs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX workflow_runs_newest_idx ON workflow_runs (created_at, id);
CREATE INDEX workflow_runs_subject_idx ON workflow_runs (subject);
CREATE INDEX workflow_runs_finished_idx ON workflow_runs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE workflow_steps (
    run_id      uuid        NOT NULL,
    position    integer     NOT NULL,
    name        text        NOT NULL,
    status      text        NOT NULL,
    called      boolean     NOT NULL,
    written     boolean     NOT NULL,
    attempts    integer     NOT NULL,
    error       jsonb,
    started_at  timestamptz,
    finished_at timestamptz,
    undone_at   timestamptz,
    CONSTRAINT workflow_steps_pkey PRIMARY KEY (run_id, position),
    CONSTRAINT workflow_steps_known_status CHECK (
        status IN ('PENDING', 'RUNNING', 'WAITING', 'DONE', 'FAILED', 'UNDONE')
    ),
    CONSTRAINT workflow_steps_run_fkey FOREIGN KEY (run_id) REFERENCES workflow_runs (id) ON DELETE CASCADE
);
