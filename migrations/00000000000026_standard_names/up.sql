-- The names that the rest of the house and the API have: tables, columns, constraints, and the words in them.

ALTER TABLE tax_jurisdictions RENAME TO tax_regions;
ALTER TABLE money_events RENAME TO transaction_events;
ALTER TABLE payment_notices RENAME TO payment_webhook_events;

ALTER TABLE tax_regions RENAME COLUMN replaces TO overrides_parent;
ALTER TABLE tax_rates RENAME COLUMN jurisdiction_id TO tax_region_id;
ALTER TABLE prices RENAME COLUMN compare_at TO compare_at_price;
ALTER TABLE cart_lines RENAME COLUMN compare_at TO compare_at_price;
ALTER TABLE cart_lines RENAME COLUMN tier_from TO min_quantity;
ALTER TABLE cart_lines RENAME COLUMN properties TO attributes;
ALTER TABLE order_lines RENAME COLUMN compare_at TO compare_at_price;
ALTER TABLE order_lines RENAME COLUMN tier_from TO min_quantity;
ALTER TABLE order_lines RENAME COLUMN properties TO attributes;
ALTER TABLE order_lines RENAME COLUMN cancelled_quantity TO canceled_quantity;
ALTER TABLE orders RENAME COLUMN cancelled_at TO canceled_at;
ALTER TABLE fulfillments RENAME COLUMN cancelled_at TO canceled_at;
ALTER TABLE payment_sessions RENAME COLUMN look_at TO poll_at;
ALTER TABLE workflow_runs RENAME COLUMN wakes TO signals;

ALTER TABLE tax_regions RENAME CONSTRAINT tax_jurisdictions_pkey TO tax_regions_pkey;
ALTER TABLE tax_regions RENAME CONSTRAINT tax_jurisdictions_country_iso TO tax_regions_country_iso;
ALTER TABLE tax_rates RENAME CONSTRAINT tax_rates_jurisdiction_fkey TO tax_rates_tax_region_fkey;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_pkey TO transaction_events_pkey;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_kind_known TO transaction_events_kind_known;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_result_known TO transaction_events_result_known;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_source_known TO transaction_events_source_known;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_amount_range TO transaction_events_amount_range;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_payment_fkey TO transaction_events_payment_fkey;
ALTER TABLE transaction_events RENAME CONSTRAINT money_events_refund_fkey TO transaction_events_refund_fkey;
ALTER TABLE payment_webhook_events RENAME CONSTRAINT payment_notices_pkey TO payment_webhook_events_pkey;
ALTER TABLE payment_webhook_events RENAME CONSTRAINT payment_notices_event_key TO payment_webhook_events_event_key;
ALTER TABLE prices RENAME CONSTRAINT prices_compare_at_higher TO prices_compare_at_price_higher;
ALTER INDEX tax_jurisdictions_place_key RENAME TO tax_regions_place_key;
ALTER INDEX tax_jurisdictions_name_idx RENAME TO tax_regions_name_idx;
ALTER INDEX tax_rates_jurisdiction_idx RENAME TO tax_rates_tax_region_idx;
ALTER INDEX money_events_reference_key RENAME TO transaction_events_reference_key;
ALTER INDEX money_events_key_key RENAME TO transaction_events_key_key;
ALTER INDEX money_events_payment_idx RENAME TO transaction_events_payment_idx;
ALTER INDEX money_events_refund_idx RENAME TO transaction_events_refund_idx;
ALTER INDEX payment_notices_received_idx RENAME TO payment_webhook_events_received_idx;
ALTER INDEX payment_notices_parked_idx RENAME TO payment_webhook_events_unmatched_idx;
ALTER INDEX payment_sessions_look_idx RENAME TO payment_sessions_poll_idx;

ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_kind_known;
ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_stay;
UPDATE stock_movements SET kind = 'FULFILL' WHERE kind = 'FULFIL';
UPDATE stock_movements SET kind = 'UNFULFILL' WHERE kind = 'UNFULFIL';
ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_stay;
ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_kind_known
    CHECK (kind IN ('SET', 'ADJUST', 'RESERVE', 'RELEASE', 'FULFILL', 'UNFULFILL', 'MOVE', 'RETURN'));

ALTER TABLE payment_sessions DROP CONSTRAINT payment_sessions_status_known;
UPDATE payment_sessions SET status = 'COMPLETED' WHERE status = 'BOUND';
UPDATE payment_sessions SET status = 'CANCELED' WHERE status = 'CANCELLED';
ALTER TABLE payment_sessions ADD CONSTRAINT payment_sessions_status_known
    CHECK (status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED', 'COMPLETED', 'CANCELED', 'FAILED', 'EXPIRED'));

ALTER TABLE payment_webhook_events DROP CONSTRAINT payment_notices_status_known;
UPDATE payment_webhook_events SET status = 'UNMATCHED' WHERE status = 'PARKED';
ALTER TABLE payment_webhook_events ADD CONSTRAINT payment_webhook_events_status_known
    CHECK (status IN ('APPLIED', 'UNMATCHED', 'IGNORED'));

ALTER TABLE orders DROP CONSTRAINT orders_status_known;
UPDATE orders SET status = 'CANCELED' WHERE status = 'CANCELLED';
ALTER TABLE orders ADD CONSTRAINT orders_status_known
    CHECK (status IN ('PLACED', 'ON_HOLD', 'COMPLETED', 'CANCELED', 'ARCHIVED'));

ALTER TABLE fulfillments DROP CONSTRAINT fulfillments_status_known;
UPDATE fulfillments SET status = 'CANCELED' WHERE status = 'CANCELLED';
ALTER TABLE fulfillments ADD CONSTRAINT fulfillments_status_known
    CHECK (status IN ('AWAITING_APPROVAL', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELED'));

ALTER TABLE order_timeline DROP CONSTRAINT order_timeline_kind_known;
ALTER TABLE order_timeline DISABLE TRIGGER order_timeline_keep;
UPDATE order_timeline SET kind = 'FULFILLMENT_CANCELED' WHERE kind = 'FULFILLMENT_CANCELLED';
UPDATE order_timeline SET kind = 'LINES_CANCELED' WHERE kind = 'LINES_CANCELLED';
UPDATE order_timeline SET kind = 'CANCELED' WHERE kind = 'CANCELLED';
ALTER TABLE order_timeline ENABLE TRIGGER order_timeline_keep;
ALTER TABLE order_timeline ADD CONSTRAINT order_timeline_kind_known
    CHECK (kind IN ('PLACED', 'PAYMENT', 'FULFILLED', 'APPROVED', 'FULFILLMENT_CANCELED', 'SHIPPED', 'DELIVERED', 'HELD', 'RELEASED', 'LINES_CANCELED', 'CANCELED', 'COMPLETED', 'ARCHIVED', 'NOTE', 'UPDATED'));

DROP INDEX payment_webhook_events_unmatched_idx;
CREATE INDEX payment_webhook_events_unmatched_idx ON payment_webhook_events (provider, reference) WHERE status = 'UNMATCHED';

CREATE FUNCTION transaction_events_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transaction events are added, never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_events_are_final';
END $$;
DROP TRIGGER money_events_are_facts ON transaction_events;
CREATE TRIGGER transaction_events_are_final BEFORE UPDATE OR DELETE ON transaction_events
    FOR EACH ROW EXECUTE FUNCTION transaction_events_are_final();
DROP FUNCTION money_events_are_facts();

UPDATE test_bank_charges SET state = 'CANCELED' WHERE state = 'CANCELLED';

-- Runs that are under way go on under their new names.
UPDATE workflow_runs SET workflow = 'release-authorization' WHERE workflow = 'let-go';
UPDATE workflow_runs SET workflow = 'payment-operation' WHERE workflow = 'money';
UPDATE workflow_runs SET step = 'request' WHERE workflow = 'payment-operation' AND step = 'ask';
UPDATE workflow_steps s SET name = 'request'
FROM workflow_runs r WHERE r.id = s.run_id AND r.workflow = 'payment-operation' AND s.name = 'ask';
UPDATE workflow_runs SET step = 'execute' WHERE workflow = 'payment-operation' AND step = 'move';
UPDATE workflow_steps s SET name = 'execute'
FROM workflow_runs r WHERE r.id = s.run_id AND r.workflow = 'payment-operation' AND s.name = 'move';
UPDATE workflow_runs SET state = (replace(replace(replace(replace(replace(replace(replace(replace(state::text,
    '"compare_at":', '"compare_at_price":'),
    '"tier_from":', '"min_quantity":'),
    '"properties":', '"attributes":'),
    '"standing":', '"provider_status":'),
    '"asked":', '"operation":'),
    '"BOUND"', '"COMPLETED"'),
    '"CANCELLED"', '"CANCELED"'),
    '"Cancelled"', '"Canceled"'))::jsonb
WHERE finished_at IS NULL;
