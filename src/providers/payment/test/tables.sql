-- The records of the provider `test`, created when it is used first.
CREATE TABLE IF NOT EXISTS test_bank_charges (
    reference  text           PRIMARY KEY,
    key        text           NOT NULL,
    currency   text           NOT NULL,
    amount     numeric(19, 4) NOT NULL,
    authorized numeric(19, 4) NOT NULL DEFAULT 0,
    captured   numeric(19, 4) NOT NULL DEFAULT 0,
    voided     numeric(19, 4) NOT NULL DEFAULT 0,
    refunded   numeric(19, 4) NOT NULL DEFAULT 0,
    automatic  boolean        NOT NULL DEFAULT false,
    state      text           NOT NULL DEFAULT 'OPEN',
    data       jsonb          NOT NULL DEFAULT '{}',
    created_at timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT test_bank_charges_key_key UNIQUE (key),
    CONSTRAINT test_bank_charges_captured_range CHECK (captured + voided <= authorized),
    CONSTRAINT test_bank_charges_refunded_range CHECK (refunded <= captured)
);
CREATE TABLE IF NOT EXISTS test_bank_moves (
    key       text           PRIMARY KEY,
    reference text           NOT NULL,
    operation text           NOT NULL,
    charge    text           NOT NULL,
    amount    numeric(19, 4) NOT NULL,
    at        timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT test_bank_moves_charge_fkey FOREIGN KEY (charge) REFERENCES test_bank_charges (reference)
);
CREATE TABLE IF NOT EXISTS test_bank_calls (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       text        NOT NULL,
    operation text        NOT NULL,
    charge    text        NOT NULL DEFAULT '',
    outcome   text        NOT NULL DEFAULT '',
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS test_bank_calls_charge_idx ON test_bank_calls (charge, operation);
