-- The tables of before cannot say that a part of an order was cancelled: it would count as sold again.
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.cancelled_quantity > 0 AND o.cancelled_at IS NULL
    ) THEN
        RAISE EXCEPTION 'There are orders of which a part is cancelled; this version cannot be left.';
    END IF;
END $$;

DROP TRIGGER order_timeline_begin ON orders;
DROP TABLE order_timeline;
DROP FUNCTION order_timeline_begin();
DROP FUNCTION order_timeline_keep();

ALTER TABLE fulfillments ADD COLUMN tracking_number text NOT NULL DEFAULT '';
ALTER TABLE fulfillments ADD COLUMN tracking_url text NOT NULL DEFAULT '';
UPDATE fulfillments f SET tracking_number = s.tracking_number, tracking_url = s.tracking_url
FROM (SELECT DISTINCT ON (fulfillment_id) * FROM shipments ORDER BY fulfillment_id, id) s WHERE s.fulfillment_id = f.id;
DROP TABLE shipments;
DELETE FROM fulfillment_lines WHERE fulfillment_id IN (SELECT id FROM fulfillments WHERE status = 'CANCELLED');
DELETE FROM fulfillments WHERE status = 'CANCELLED';
ALTER TABLE fulfillments DROP COLUMN status;
ALTER TABLE fulfillments DROP COLUMN stock;
ALTER TABLE fulfillments DROP COLUMN updated_at;
ALTER TABLE fulfillments DROP COLUMN shipped_at;
ALTER TABLE fulfillments DROP COLUMN delivered_at;
ALTER TABLE fulfillments DROP COLUMN cancelled_at;

ALTER TABLE order_lines DROP CONSTRAINT order_lines_delivered_range;
ALTER TABLE order_lines DROP CONSTRAINT order_lines_fulfilled_range;
ALTER TABLE order_lines DROP COLUMN cancelled_quantity;
ALTER TABLE order_lines DROP COLUMN awaiting_quantity;
ALTER TABLE order_lines DROP COLUMN delivered_quantity;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_fulfilled_range CHECK (fulfilled_quantity BETWEEN 0 AND quantity);

ALTER TABLE orders DROP CONSTRAINT orders_hold_reason_given;
ALTER TABLE orders DROP CONSTRAINT orders_status_known;
UPDATE orders SET status = CASE WHEN cancelled_at IS NULL THEN 'PLACED' ELSE 'CANCELLED' END;
ALTER TABLE orders ADD CONSTRAINT orders_status_known CHECK (status IN ('PLACED', 'CANCELLED'));
ALTER TABLE orders DROP COLUMN hold_reason;
ALTER TABLE orders DROP COLUMN completed_at;
ALTER TABLE orders DROP COLUMN archived_at;
