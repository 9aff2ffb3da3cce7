UPDATE workflow_runs SET step = 'ask' WHERE workflow = 'payment-operation' AND step = 'request';
UPDATE workflow_steps s SET name = 'ask'
FROM workflow_runs r WHERE r.id = s.run_id AND r.workflow = 'payment-operation' AND s.name = 'request';
UPDATE workflow_runs SET step = 'move' WHERE workflow = 'payment-operation' AND step = 'execute';
UPDATE workflow_steps s SET name = 'move'
FROM workflow_runs r WHERE r.id = s.run_id AND r.workflow = 'payment-operation' AND s.name = 'execute';
UPDATE workflow_runs SET workflow = 'let-go' WHERE workflow = 'release-authorization';
UPDATE workflow_runs SET workflow = 'money' WHERE workflow = 'payment-operation';
UPDATE workflow_runs SET state = (replace(replace(replace(replace(replace(replace(replace(replace(state::text,
    '"Canceled"', '"Cancelled"'),
    '"CANCELED"', '"CANCELLED"'),
    '"COMPLETED"', '"BOUND"'),
    '"operation":', '"asked":'),
    '"provider_status":', '"standing":'),
    '"attributes":', '"properties":'),
    '"min_quantity":', '"tier_from":'),
    '"compare_at_price":', '"compare_at":'))::jsonb
WHERE finished_at IS NULL;
UPDATE test_bank_charges SET state = 'CANCELLED' WHERE state = 'CANCELED';

CREATE FUNCTION money_events_are_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to money is added, never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'money_events_are_facts';
END $$;
DROP TRIGGER transaction_events_are_final ON transaction_events;
CREATE TRIGGER money_events_are_facts BEFORE UPDATE OR DELETE ON transaction_events
    FOR EACH ROW EXECUTE FUNCTION money_events_are_facts();
DROP FUNCTION transaction_events_are_final();

DROP INDEX payment_webhook_events_unmatched_idx;
CREATE INDEX payment_webhook_events_unmatched_idx ON payment_webhook_events (provider, reference) WHERE status = 'PARKED';

ALTER TABLE order_timeline DROP CONSTRAINT order_timeline_kind_known;
ALTER TABLE order_timeline DISABLE TRIGGER order_timeline_keep;
UPDATE order_timeline SET kind = 'FULFILLMENT_CANCELLED' WHERE kind = 'FULFILLMENT_CANCELED';
UPDATE order_timeline SET kind = 'LINES_CANCELLED' WHERE kind = 'LINES_CANCELED';
UPDATE order_timeline SET kind = 'CANCELLED' WHERE kind = 'CANCELED';
ALTER TABLE order_timeline ENABLE TRIGGER order_timeline_keep;
ALTER TABLE order_timeline ADD CONSTRAINT order_timeline_kind_known
    CHECK (kind IN ('PLACED', 'PAYMENT', 'FULFILLED', 'APPROVED', 'FULFILLMENT_CANCELLED', 'SHIPPED', 'DELIVERED', 'HELD', 'RELEASED', 'LINES_CANCELLED', 'CANCELLED', 'COMPLETED', 'ARCHIVED', 'NOTE', 'UPDATED'));

ALTER TABLE fulfillments DROP CONSTRAINT fulfillments_status_known;
UPDATE fulfillments SET status = 'CANCELLED' WHERE status = 'CANCELED';
ALTER TABLE fulfillments ADD CONSTRAINT fulfillments_status_known
    CHECK (status IN ('AWAITING_APPROVAL', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED'));

ALTER TABLE orders DROP CONSTRAINT orders_status_known;
UPDATE orders SET status = 'CANCELLED' WHERE status = 'CANCELED';
ALTER TABLE orders ADD CONSTRAINT orders_status_known
    CHECK (status IN ('PLACED', 'ON_HOLD', 'COMPLETED', 'CANCELLED', 'ARCHIVED'));

ALTER TABLE payment_webhook_events DROP CONSTRAINT payment_webhook_events_status_known;
UPDATE payment_webhook_events SET status = 'PARKED' WHERE status = 'UNMATCHED';
ALTER TABLE payment_webhook_events ADD CONSTRAINT payment_notices_status_known
    CHECK (status IN ('APPLIED', 'PARKED', 'IGNORED'));

ALTER TABLE payment_sessions DROP CONSTRAINT payment_sessions_status_known;
UPDATE payment_sessions SET status = 'BOUND' WHERE status = 'COMPLETED';
UPDATE payment_sessions SET status = 'CANCELLED' WHERE status = 'CANCELED';
ALTER TABLE payment_sessions ADD CONSTRAINT payment_sessions_status_known
    CHECK (status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED', 'BOUND', 'CANCELLED', 'FAILED', 'EXPIRED'));

ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_kind_known;
ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_stay;
UPDATE stock_movements SET kind = 'FULFIL' WHERE kind = 'FULFILL';
UPDATE stock_movements SET kind = 'UNFULFIL' WHERE kind = 'UNFULFILL';
ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_stay;
ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_kind_known
    CHECK (kind IN ('SET', 'ADJUST', 'RESERVE', 'RELEASE', 'FULFIL', 'UNFULFIL', 'MOVE', 'RETURN'));

ALTER INDEX payment_sessions_poll_idx RENAME TO payment_sessions_look_idx;
ALTER INDEX payment_webhook_events_unmatched_idx RENAME TO payment_notices_parked_idx;
ALTER INDEX payment_webhook_events_received_idx RENAME TO payment_notices_received_idx;
ALTER INDEX transaction_events_refund_idx RENAME TO money_events_refund_idx;
ALTER INDEX transaction_events_payment_idx RENAME TO money_events_payment_idx;
ALTER INDEX transaction_events_key_key RENAME TO money_events_key_key;
ALTER INDEX transaction_events_reference_key RENAME TO money_events_reference_key;
ALTER INDEX tax_rates_tax_region_idx RENAME TO tax_rates_jurisdiction_idx;
ALTER INDEX tax_regions_name_idx RENAME TO tax_jurisdictions_name_idx;
ALTER INDEX tax_regions_place_key RENAME TO tax_jurisdictions_place_key;
ALTER TABLE prices RENAME CONSTRAINT prices_compare_at_price_higher TO prices_compare_at_higher;
ALTER TABLE payment_webhook_events RENAME CONSTRAINT payment_webhook_events_event_key TO payment_notices_event_key;
ALTER TABLE payment_webhook_events RENAME CONSTRAINT payment_webhook_events_pkey TO payment_notices_pkey;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_refund_fkey TO money_events_refund_fkey;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_payment_fkey TO money_events_payment_fkey;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_amount_range TO money_events_amount_range;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_source_known TO money_events_source_known;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_result_known TO money_events_result_known;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_kind_known TO money_events_kind_known;
ALTER TABLE transaction_events RENAME CONSTRAINT transaction_events_pkey TO money_events_pkey;
ALTER TABLE tax_rates RENAME CONSTRAINT tax_rates_tax_region_fkey TO tax_rates_jurisdiction_fkey;
ALTER TABLE tax_regions RENAME CONSTRAINT tax_regions_country_iso TO tax_jurisdictions_country_iso;
ALTER TABLE tax_regions RENAME CONSTRAINT tax_regions_pkey TO tax_jurisdictions_pkey;

ALTER TABLE workflow_runs RENAME COLUMN signals TO wakes;
ALTER TABLE payment_sessions RENAME COLUMN poll_at TO look_at;
ALTER TABLE fulfillments RENAME COLUMN canceled_at TO cancelled_at;
ALTER TABLE orders RENAME COLUMN canceled_at TO cancelled_at;
ALTER TABLE order_lines RENAME COLUMN canceled_quantity TO cancelled_quantity;
ALTER TABLE order_lines RENAME COLUMN attributes TO properties;
ALTER TABLE order_lines RENAME COLUMN min_quantity TO tier_from;
ALTER TABLE order_lines RENAME COLUMN compare_at_price TO compare_at;
ALTER TABLE cart_lines RENAME COLUMN attributes TO properties;
ALTER TABLE cart_lines RENAME COLUMN min_quantity TO tier_from;
ALTER TABLE cart_lines RENAME COLUMN compare_at_price TO compare_at;
ALTER TABLE prices RENAME COLUMN compare_at_price TO compare_at;
ALTER TABLE tax_rates RENAME COLUMN tax_region_id TO jurisdiction_id;
ALTER TABLE tax_regions RENAME COLUMN overrides_parent TO replaces;

ALTER TABLE payment_webhook_events RENAME TO payment_notices;
ALTER TABLE transaction_events RENAME TO money_events;
ALTER TABLE tax_regions RENAME TO tax_jurisdictions;
