-- A session is a shopper's promise to pay one amount for one version of a cart. It is bound to one order, once.
CREATE TABLE payment_sessions (
    id           uuid           PRIMARY KEY,
    cart_id      uuid           NOT NULL,
    provider     text           NOT NULL,
    currency     text           NOT NULL,
    amount       numeric(19, 4) NOT NULL,
    cart_version integer        NOT NULL,
    status       text           NOT NULL,
    reference    text           NOT NULL DEFAULT '',
    created_at   timestamptz    NOT NULL,
    updated_at   timestamptz    NOT NULL,
    CONSTRAINT payment_sessions_status_known CHECK (status IN ('AUTHORIZED', 'BOUND', 'CANCELLED')),
    CONSTRAINT payment_sessions_amount_range CHECK (amount > 0)
);
CREATE UNIQUE INDEX payment_sessions_one_open ON payment_sessions (cart_id) WHERE status = 'AUTHORIZED';
CREATE INDEX payment_sessions_cart_idx ON payment_sessions (cart_id);

-- Money held, taken and let go for an order. The constraints keep a capture within what was authorised.
CREATE TABLE payments (
    id         uuid           PRIMARY KEY,
    order_id   uuid           NOT NULL,
    session_id uuid           NOT NULL,
    provider   text           NOT NULL,
    reference  text           NOT NULL DEFAULT '',
    currency   text           NOT NULL,
    authorized numeric(19, 4) NOT NULL,
    captured   numeric(19, 4) NOT NULL DEFAULT 0,
    voided     numeric(19, 4) NOT NULL DEFAULT 0,
    refunded   numeric(19, 4) NOT NULL DEFAULT 0,
    created_at timestamptz    NOT NULL,
    updated_at timestamptz    NOT NULL,
    CONSTRAINT payments_session_key UNIQUE (session_id),
    CONSTRAINT payments_captured_range CHECK (captured >= 0),
    CONSTRAINT payments_voided_range CHECK (voided >= 0),
    CONSTRAINT payments_refunded_range CHECK (refunded BETWEEN 0 AND captured),
    CONSTRAINT payments_within_authorized CHECK (captured + voided <= authorized),
    CONSTRAINT payments_session_fkey FOREIGN KEY (session_id) REFERENCES payment_sessions (id)
);
CREATE INDEX payments_order_idx ON payments (order_id);
