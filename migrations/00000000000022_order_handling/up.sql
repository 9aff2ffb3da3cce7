-- What staff do with orders: hold, cancel by line, send in parcels, and a timeline of all of it.
ALTER TABLE orders DROP CONSTRAINT orders_status_known;
ALTER TABLE orders ADD CONSTRAINT orders_status_known CHECK (status IN ('PLACED', 'ON_HOLD', 'COMPLETED', 'CANCELLED', 'ARCHIVED'));
ALTER TABLE orders ADD COLUMN hold_reason text;
ALTER TABLE orders ADD COLUMN completed_at timestamptz;
ALTER TABLE orders ADD COLUMN archived_at timestamptz;
ALTER TABLE orders ADD CONSTRAINT orders_hold_reason_given CHECK ((status = 'ON_HOLD') = (hold_reason IS NOT NULL));

ALTER TABLE order_lines ADD COLUMN cancelled_quantity integer NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN awaiting_quantity integer NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN delivered_quantity integer NOT NULL DEFAULT 0;
UPDATE order_lines l SET cancelled_quantity = l.quantity - l.fulfilled_quantity
FROM orders o WHERE o.id = l.order_id AND o.status = 'CANCELLED';
ALTER TABLE order_lines DROP CONSTRAINT order_lines_fulfilled_range;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_fulfilled_range CHECK (
    fulfilled_quantity >= 0 AND cancelled_quantity >= 0 AND fulfilled_quantity + cancelled_quantity <= quantity
);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_delivered_range CHECK (
    awaiting_quantity >= 0 AND delivered_quantity >= 0 AND awaiting_quantity + delivered_quantity <= fulfilled_quantity
);

-- "stock" is what left which shelf, so that cancelling puts exactly that back.
ALTER TABLE fulfillments ADD COLUMN status text NOT NULL DEFAULT 'SHIPPED';
ALTER TABLE fulfillments ADD COLUMN stock jsonb NOT NULL DEFAULT '[]';
ALTER TABLE fulfillments ADD COLUMN updated_at timestamptz;
ALTER TABLE fulfillments ADD COLUMN shipped_at timestamptz;
ALTER TABLE fulfillments ADD COLUMN delivered_at timestamptz;
ALTER TABLE fulfillments ADD COLUMN cancelled_at timestamptz;
UPDATE fulfillments SET updated_at = created_at, shipped_at = created_at;
ALTER TABLE fulfillments ALTER COLUMN updated_at SET NOT NULL;
ALTER TABLE fulfillments ADD CONSTRAINT fulfillments_status_known
    CHECK (status IN ('AWAITING_APPROVAL', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED'));

CREATE TABLE shipments (
    id              uuid        PRIMARY KEY,
    fulfillment_id  uuid        NOT NULL,
    tracking_number text        NOT NULL DEFAULT '',
    tracking_url    text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT shipments_fulfillment_fkey FOREIGN KEY (fulfillment_id) REFERENCES fulfillments (id)
);
CREATE INDEX shipments_fulfillment_idx ON shipments (fulfillment_id);
INSERT INTO shipments (id, fulfillment_id, tracking_number, tracking_url, created_at, updated_at)
SELECT id, id, tracking_number, tracking_url, created_at, created_at FROM fulfillments;
ALTER TABLE fulfillments DROP COLUMN tracking_number;
ALTER TABLE fulfillments DROP COLUMN tracking_url;

-- What became of an order, append-only.
CREATE TABLE order_timeline (
    id               uuid        PRIMARY KEY,
    order_id         uuid        NOT NULL,
    kind             text        NOT NULL,
    message          text        NOT NULL,
    data             jsonb       NOT NULL DEFAULT '{}',
    staff_id         uuid,
    customer_visible boolean     NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT order_timeline_kind_known CHECK (kind IN ('PLACED', 'PAYMENT', 'FULFILLED', 'APPROVED', 'FULFILLMENT_CANCELLED', 'SHIPPED',
        'DELIVERED', 'HELD', 'RELEASED', 'LINES_CANCELLED', 'CANCELLED', 'COMPLETED', 'ARCHIVED', 'NOTE', 'UPDATED')),
    CONSTRAINT order_timeline_order_fkey FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE INDEX order_timeline_order_idx ON order_timeline (order_id, created_at, id);

-- The first entry of every order is written with the order, in the same statement, and has its id.
CREATE FUNCTION order_timeline_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_timeline (id, order_id, kind, message, data, customer_visible, created_at)
    VALUES (NEW.id, NEW.id, 'PLACED', 'Order ' || NEW.number || ' was placed.',
        jsonb_build_object('number', NEW.number), true, NEW.placed_at);
    RETURN NULL;
END $$;
CREATE TRIGGER order_timeline_begin AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_timeline_begin();

INSERT INTO order_timeline (id, order_id, kind, message, data, customer_visible, created_at)
SELECT id, id, 'PLACED', 'Order ' || number || ' was placed.', jsonb_build_object('number', number), true, placed_at
FROM orders;
INSERT INTO order_timeline (id, order_id, kind, message, data, customer_visible, created_at)
SELECT gen_random_uuid(), id, 'CANCELLED', 'The order was cancelled.', jsonb_build_object('reason', cancel_reason), true, cancelled_at
FROM orders WHERE cancelled_at IS NOT NULL;
INSERT INTO order_timeline (id, order_id, kind, message, data, customer_visible, created_at)
SELECT gen_random_uuid(), order_id, 'SHIPPED', 'A parcel was sent.', '{}', true, created_at FROM fulfillments;

CREATE FUNCTION order_timeline_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order_timeline is append-only';
END $$;
CREATE TRIGGER order_timeline_keep BEFORE UPDATE OR DELETE ON order_timeline FOR EACH ROW EXECUTE FUNCTION order_timeline_keep();
