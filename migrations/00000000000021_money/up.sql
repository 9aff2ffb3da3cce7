-- A session now tells how far the shopper and the provider have come, and what each of them needs of the other.
ALTER TABLE payment_sessions ADD COLUMN customer_id uuid;
ALTER TABLE payment_sessions ADD COLUMN data jsonb NOT NULL DEFAULT '{}';
ALTER TABLE payment_sessions ADD COLUMN action jsonb;
ALTER TABLE payment_sessions ADD COLUMN failure jsonb;
ALTER TABLE payment_sessions ADD COLUMN return_url text;
ALTER TABLE payment_sessions ADD COLUMN expires_at timestamptz NOT NULL DEFAULT 'epoch';
UPDATE payment_sessions SET expires_at = created_at + interval '24 hours';
ALTER TABLE payment_sessions ALTER COLUMN expires_at DROP DEFAULT;
ALTER TABLE payment_sessions DROP CONSTRAINT payment_sessions_status_known;
ALTER TABLE payment_sessions ADD CONSTRAINT payment_sessions_status_known CHECK
    (status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED', 'BOUND', 'CANCELLED', 'FAILED', 'EXPIRED'));
DROP INDEX payment_sessions_one_open;
CREATE UNIQUE INDEX payment_sessions_one_open ON payment_sessions (cart_id)
    WHERE status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED');
CREATE UNIQUE INDEX payment_sessions_reference_key ON payment_sessions (provider, reference) WHERE reference <> '';
CREATE INDEX payment_sessions_expiry_idx ON payment_sessions (expires_at)
    WHERE status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED');

-- A payment is made with its session and belongs to an order once that is bound; one that staff marked as paid has no
-- session. Its balances are the fold of its events, kept for reading and for locking.
ALTER TABLE payments ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE payments ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE payments ADD COLUMN charged_back numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN pending_authorize numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN pending_capture numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN pending_void numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN pending_refund numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN version integer NOT NULL DEFAULT 1;
-- What a provider tells may be more than was asked for, and then it is true all the same.
ALTER TABLE payments DROP CONSTRAINT payments_refunded_range;
ALTER TABLE payments DROP CONSTRAINT payments_within_authorized;
ALTER TABLE payments ADD CONSTRAINT payments_authorized_range CHECK (authorized >= 0);
ALTER TABLE payments ADD CONSTRAINT payments_refunded_range CHECK (refunded >= 0);
ALTER TABLE payments ADD CONSTRAINT payments_charged_back_range CHECK (charged_back >= 0);
ALTER TABLE payments ADD CONSTRAINT payments_pending_range CHECK
    (pending_authorize >= 0 AND pending_capture >= 0 AND pending_void >= 0 AND pending_refund >= 0);
CREATE INDEX payments_created_idx ON payments (created_at, id);
CREATE INDEX payments_reference_idx ON payments (reference);

INSERT INTO payments (id, session_id, provider, reference, currency, authorized, created_at, updated_at)
SELECT gen_random_uuid(), s.id, s.provider, s.reference, s.currency, s.amount, s.created_at, s.updated_at
FROM payment_sessions s WHERE s.status = 'AUTHORIZED' AND NOT EXISTS (SELECT FROM payments p WHERE p.session_id = s.id);

-- A refund that was granted. How far it has come is told by its events.
CREATE TABLE refunds (
    id         uuid           PRIMARY KEY,
    order_id   uuid           NOT NULL,
    currency   text           NOT NULL,
    amount     numeric(19, 4) NOT NULL,
    reason     text           NOT NULL DEFAULT '',
    created_by uuid,
    created_at timestamptz    NOT NULL,
    -- How much of it need not be paid any more, because it was not overpaid when the refund was granted.
    goodwill   numeric(19, 4) NOT NULL,
    CONSTRAINT refunds_amount_range CHECK (amount > 0),
    CONSTRAINT refunds_goodwill_range CHECK (goodwill BETWEEN 0 AND amount)
);
CREATE INDEX refunds_order_idx ON refunds (order_id, created_at);

-- What happened to money: facts, which are added and never changed. The same fact twice is one fact (rule F4).
CREATE TABLE money_events (
    id          uuid           PRIMARY KEY,
    payment_id  uuid           NOT NULL,
    kind        text           NOT NULL,
    result      text           NOT NULL,
    amount      numeric(19, 4) NOT NULL,
    reference   text           NOT NULL DEFAULT '',
    key         text           NOT NULL DEFAULT '',
    message     text           NOT NULL DEFAULT '',
    source      text           NOT NULL,
    staff_id    uuid,
    refund_id   uuid,
    occurred_at timestamptz    NOT NULL,
    created_at  timestamptz    NOT NULL,
    CONSTRAINT money_events_kind_known CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'REFUND', 'VOID', 'CHARGEBACK', 'ADJUST')),
    CONSTRAINT money_events_result_known CHECK (result IN ('REQUEST', 'SUCCESS', 'FAILURE', 'REVERSE')),
    CONSTRAINT money_events_source_known CHECK (source IN ('API', 'WEBHOOK', 'STAFF')),
    CONSTRAINT money_events_amount_range CHECK (amount >= 0),
    CONSTRAINT money_events_payment_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT money_events_refund_fkey FOREIGN KEY (refund_id) REFERENCES refunds (id)
);
CREATE UNIQUE INDEX money_events_reference_key ON money_events (payment_id, kind, result, reference) WHERE reference <> '';
CREATE UNIQUE INDEX money_events_key_key ON money_events (payment_id, kind, result, key)
    WHERE reference = '' AND key <> '';
CREATE INDEX money_events_payment_idx ON money_events (payment_id, id);
CREATE INDEX money_events_refund_idx ON money_events (refund_id) WHERE refund_id IS NOT NULL;

INSERT INTO money_events (id, payment_id, kind, result, amount, reference, key, source, occurred_at, created_at)
SELECT gen_random_uuid(), p.id, e.kind, 'SUCCESS', e.amount, e.reference, e.key, 'API', e.at, e.at
FROM payments p CROSS JOIN LATERAL (VALUES
    ('AUTHORIZE', p.authorized, p.reference, 'before-events', p.created_at),
    ('CAPTURE', p.captured, '', 'before-events', p.updated_at),
    ('VOID', p.voided, '', 'before-events', p.updated_at),
    ('REFUND', p.refunded, '', 'before-events', p.updated_at)) e (kind, amount, reference, key, at)
WHERE e.amount > 0;

CREATE FUNCTION money_events_are_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to money is added, never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'money_events_are_facts';
END $$;
CREATE TRIGGER money_events_are_facts BEFORE UPDATE OR DELETE ON money_events
    FOR EACH ROW EXECUTE FUNCTION money_events_are_facts();

-- What providers told on their own, once each. One about something that is not known yet is parked.
CREATE TABLE payment_notices (
    id          uuid        PRIMARY KEY,
    provider    text        NOT NULL,
    event_id    text        NOT NULL,
    kind        text        NOT NULL,
    reference   text        NOT NULL DEFAULT '',
    payload     jsonb       NOT NULL,
    status      text        NOT NULL,
    problem     text,
    received_at timestamptz NOT NULL,
    applied_at  timestamptz,
    CONSTRAINT payment_notices_event_key UNIQUE (provider, event_id),
    CONSTRAINT payment_notices_status_known CHECK (status IN ('APPLIED', 'PARKED', 'IGNORED'))
);
CREATE INDEX payment_notices_received_idx ON payment_notices (received_at, id);
CREATE INDEX payment_notices_parked_idx ON payment_notices (provider, reference) WHERE status = 'PARKED';

-- Who a customer is at a provider, and with what they may pay there without typing it again.
CREATE TABLE payment_customers (
    customer_id uuid NOT NULL,
    provider    text NOT NULL,
    reference   text NOT NULL,
    CONSTRAINT payment_customers_pkey PRIMARY KEY (customer_id, provider),
    CONSTRAINT payment_customers_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE TABLE saved_payment_methods (
    id          uuid        PRIMARY KEY,
    customer_id uuid        NOT NULL,
    provider    text        NOT NULL,
    reference   text        NOT NULL,
    brand       text        NOT NULL,
    last4       text        NOT NULL,
    expires     text,
    created_at  timestamptz NOT NULL,
    CONSTRAINT saved_payment_methods_reference_key UNIQUE (customer_id, provider, reference),
    CONSTRAINT saved_payment_methods_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

-- The books of the `test` provider, which only it reads and writes, on connections of its own: the second book.
CREATE TABLE test_bank_charges (
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
CREATE TABLE test_bank_moves (
    key       text           PRIMARY KEY,
    reference text           NOT NULL,
    operation text           NOT NULL,
    charge    text           NOT NULL,
    amount    numeric(19, 4) NOT NULL,
    at        timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT test_bank_moves_charge_fkey FOREIGN KEY (charge) REFERENCES test_bank_charges (reference)
);
CREATE TABLE test_bank_calls (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       text        NOT NULL,
    operation text        NOT NULL,
    charge    text        NOT NULL DEFAULT '',
    outcome   text        NOT NULL DEFAULT '',
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX test_bank_calls_charge_idx ON test_bank_calls (charge, operation);
