CREATE TABLE customers (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL,
    first_name    text        NOT NULL DEFAULT '',
    last_name     text        NOT NULL DEFAULT '',
    phone         text,
    password_hash text        NOT NULL,
    version       integer     NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT customers_email_key UNIQUE (email),
    CONSTRAINT customers_email_lower CHECK (email = lower(email))
);
CREATE INDEX customers_created_idx ON customers (created_at, id);

CREATE TABLE customer_addresses (
    id               uuid        PRIMARY KEY,
    customer_id      uuid        NOT NULL,
    address          jsonb       NOT NULL,
    default_shipping boolean     NOT NULL DEFAULT false,
    default_billing  boolean     NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL,
    CONSTRAINT customer_addresses_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX customer_addresses_customer_idx ON customer_addresses (customer_id, created_at);
CREATE UNIQUE INDEX customer_addresses_one_default_shipping ON customer_addresses (customer_id) WHERE default_shipping;
CREATE UNIQUE INDEX customer_addresses_one_default_billing ON customer_addresses (customer_id) WHERE default_billing;
