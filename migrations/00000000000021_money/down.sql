DROP TABLE test_bank_calls;
DROP TABLE test_bank_moves;
DROP TABLE test_bank_charges;
DROP TABLE saved_payment_methods;
DROP TABLE payment_customers;
DROP TABLE payment_notices;
DROP TABLE money_events;
DROP FUNCTION money_events_are_facts();
DROP TABLE refunds;

-- What was marked as paid becomes a session of its own, and promises that were never kept are forgotten.
DROP INDEX payments_reference_idx;
DROP INDEX payments_created_idx;
DELETE FROM payments WHERE order_id IS NULL;
INSERT INTO payment_sessions (id, cart_id, provider, currency, amount, cart_version, status, reference, expires_at, created_at, updated_at)
SELECT p.id, o.cart_id, p.provider, p.currency, p.authorized, 1, 'BOUND', '', p.created_at, p.created_at, p.updated_at
FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.session_id IS NULL;
UPDATE payments SET session_id = id WHERE session_id IS NULL;
UPDATE payments SET authorized = greatest(authorized, captured + voided), refunded = least(refunded, captured);
ALTER TABLE payments DROP CONSTRAINT payments_pending_range;
ALTER TABLE payments DROP CONSTRAINT payments_charged_back_range;
ALTER TABLE payments DROP CONSTRAINT payments_refunded_range;
ALTER TABLE payments DROP CONSTRAINT payments_authorized_range;
ALTER TABLE payments ADD CONSTRAINT payments_refunded_range CHECK (refunded BETWEEN 0 AND captured);
ALTER TABLE payments ADD CONSTRAINT payments_within_authorized CHECK (captured + voided <= authorized);
ALTER TABLE payments DROP COLUMN version;
ALTER TABLE payments DROP COLUMN pending_refund;
ALTER TABLE payments DROP COLUMN pending_void;
ALTER TABLE payments DROP COLUMN pending_capture;
ALTER TABLE payments DROP COLUMN pending_authorize;
ALTER TABLE payments DROP COLUMN charged_back;
ALTER TABLE payments ALTER COLUMN session_id SET NOT NULL;
ALTER TABLE payments ALTER COLUMN order_id SET NOT NULL;

DROP INDEX payment_sessions_expiry_idx;
DROP INDEX payment_sessions_reference_key;
DROP INDEX payment_sessions_one_open;
ALTER TABLE payment_sessions DROP CONSTRAINT payment_sessions_status_known;
UPDATE payment_sessions SET status = 'CANCELLED' WHERE status NOT IN ('AUTHORIZED', 'BOUND', 'CANCELLED');
ALTER TABLE payment_sessions ADD CONSTRAINT payment_sessions_status_known CHECK (status IN ('AUTHORIZED', 'BOUND', 'CANCELLED'));
CREATE UNIQUE INDEX payment_sessions_one_open ON payment_sessions (cart_id) WHERE status = 'AUTHORIZED';
ALTER TABLE payment_sessions DROP COLUMN expires_at;
ALTER TABLE payment_sessions DROP COLUMN return_url;
ALTER TABLE payment_sessions DROP COLUMN failure;
ALTER TABLE payment_sessions DROP COLUMN action;
ALTER TABLE payment_sessions DROP COLUMN data;
ALTER TABLE payment_sessions DROP COLUMN customer_id;
