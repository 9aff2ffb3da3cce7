-- What is kept in stock, apart from what is sold: a variant takes units of one item, or as a kit of several.
-- backorder_limit is how many units may be sold that are not there: 0 for none, 1,000,000,000 for any number.
CREATE TABLE inventory_items (
    id              uuid        PRIMARY KEY,
    sku             text,
    title           text        NOT NULL,
    tracked         boolean     NOT NULL,
    backorder_limit integer     NOT NULL,
    version         integer     NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT inventory_items_backorder_key UNIQUE (id, backorder_limit),
    CONSTRAINT inventory_items_backorder_range CHECK (backorder_limit BETWEEN 0 AND 1000000000)
);
CREATE INDEX inventory_items_title_idx ON inventory_items (title, id);

-- What one unit of a variant takes. Every variant has at least one row; the item that is made with a variant has its id.
CREATE TABLE variant_items (
    variant_id uuid    NOT NULL,
    item_id    uuid    NOT NULL,
    quantity   integer NOT NULL,
    CONSTRAINT variant_items_pkey PRIMARY KEY (variant_id, item_id),
    CONSTRAINT variant_items_quantity_range CHECK (quantity BETWEEN 1 AND 10000),
    CONSTRAINT variant_items_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE,
    CONSTRAINT variant_items_item_fkey FOREIGN KEY (item_id) REFERENCES inventory_items (id)
);
CREATE INDEX variant_items_item_idx ON variant_items (item_id);

INSERT INTO inventory_items (id, sku, title, tracked, backorder_limit, created_at, updated_at)
SELECT v.id, v.sku, left(p.title || CASE WHEN v.option_values = '{}' THEN '' ELSE ' / ' || v.title END, 500),
    coalesce(s.tracked, true), CASE WHEN s.backorder THEN 1000000000 ELSE 0 END, v.created_at, v.updated_at
FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock_items s ON s.variant_id = v.id;
INSERT INTO variant_items (variant_id, item_id, quantity) SELECT id, id, 1 FROM variants;

-- An item goes with the variant that it was made with, unless a kit takes of it. Units that are promised to orders keep
-- both from going, by the foreign key of the reservations.
CREATE FUNCTION variants_drop_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stock_reservations r USING gone g WHERE r.kind = 'HOLD' AND r.item_id = g.id
        AND NOT EXISTS (SELECT FROM variant_items c WHERE c.item_id = g.id);
    DELETE FROM inventory_items i USING gone g WHERE i.id = g.id
        AND NOT EXISTS (SELECT FROM variant_items c WHERE c.item_id = g.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER variants_drop_items AFTER DELETE ON variants REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION variants_drop_items();

-- The item that was made with a variant follows its SKU, as long as nobody gave it one of its own.
CREATE FUNCTION variants_item_sku() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_items SET sku = NEW.sku WHERE id = NEW.id AND sku IS NOT DISTINCT FROM OLD.sku;
    RETURN NULL;
END
$$;
CREATE TRIGGER variants_item_sku AFTER UPDATE OF sku ON variants FOR EACH ROW
    WHEN (OLD.sku IS DISTINCT FROM NEW.sku) EXECUTE FUNCTION variants_item_sku();

-- Levels are of items now. The limit follows the item through the foreign key, so that the database itself knows how
-- far below zero a level may go.
CREATE TEMPORARY TABLE kept_reservations ON COMMIT DROP AS SELECT * FROM stock_reservations;
DELETE FROM stock_reservations;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_level_fkey;
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_item_fkey;
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_never_oversold;
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_pkey;
ALTER TABLE stock_levels ADD COLUMN item_id uuid;
ALTER TABLE stock_levels ADD COLUMN backorder_limit integer;
UPDATE stock_levels SET item_id = variant_id, backorder_limit = CASE WHEN backorder THEN 1000000000 ELSE 0 END;
ALTER TABLE stock_levels ALTER COLUMN item_id SET NOT NULL;
ALTER TABLE stock_levels ALTER COLUMN backorder_limit SET NOT NULL;
ALTER TABLE stock_levels DROP COLUMN variant_id;
ALTER TABLE stock_levels DROP COLUMN backorder;
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_pkey PRIMARY KEY (item_id, location_id);
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_never_oversold
    CHECK (reserved::bigint <= stocked::bigint + backorder_limit::bigint);
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_item_fkey FOREIGN KEY (item_id, backorder_limit)
    REFERENCES inventory_items (id, backorder_limit) ON UPDATE CASCADE ON DELETE CASCADE;
DROP TABLE stock_items;

-- Units that an order has been promised and that have not left yet, and units that are kept for a cart for a while.
-- Only the former are counted in stock_levels.reserved: a hold ends by the clock, and nobody has to be there to end it.
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_pkey;
ALTER TABLE stock_reservations DROP COLUMN order_id;
ALTER TABLE stock_reservations DROP COLUMN variant_id;
ALTER TABLE stock_reservations ADD COLUMN id uuid NOT NULL;
ALTER TABLE stock_reservations ADD COLUMN kind text NOT NULL;
ALTER TABLE stock_reservations ADD COLUMN order_id uuid;
ALTER TABLE stock_reservations ADD COLUMN cart_id uuid;
ALTER TABLE stock_reservations ADD COLUMN item_id uuid NOT NULL;
ALTER TABLE stock_reservations ADD COLUMN expires_at timestamptz;
ALTER TABLE stock_reservations ADD COLUMN created_at timestamptz NOT NULL;
INSERT INTO stock_reservations (id, kind, order_id, item_id, location_id, quantity, created_at)
SELECT gen_random_uuid(), 'ORDER', order_id, variant_id, location_id, quantity, now() FROM kept_reservations;
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_pkey PRIMARY KEY (id);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_order_key UNIQUE (order_id, item_id, location_id);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_cart_key UNIQUE (cart_id, item_id, location_id);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_whole CHECK (
    (kind = 'ORDER' AND order_id IS NOT NULL AND cart_id IS NULL AND expires_at IS NULL)
    OR (kind = 'HOLD' AND order_id IS NULL AND cart_id IS NOT NULL AND expires_at IS NOT NULL)
);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_level_fkey FOREIGN KEY (item_id, location_id)
    REFERENCES stock_levels (item_id, location_id);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_cart_fkey FOREIGN KEY (cart_id) REFERENCES carts (id)
    ON DELETE CASCADE;
CREATE INDEX stock_reservations_level_idx ON stock_reservations (item_id, location_id);
CREATE INDEX stock_reservations_expiry_idx ON stock_reservations (expires_at) WHERE kind = 'HOLD';
CREATE INDEX stock_reservations_created_idx ON stock_reservations (created_at, id);

-- The ledger of items, append-only from here on by the database itself.
ALTER TABLE stock_movements ADD COLUMN item_id uuid;
UPDATE stock_movements SET item_id = variant_id;
ALTER TABLE stock_movements ALTER COLUMN item_id SET NOT NULL;
ALTER TABLE stock_movements DROP COLUMN variant_id;
ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_kind_known;
ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_kind_known
    CHECK (kind IN ('SET', 'ADJUST', 'RESERVE', 'RELEASE', 'FULFIL', 'UNFULFIL', 'MOVE', 'RETURN'));
CREATE INDEX stock_movements_level_idx ON stock_movements (item_id, location_id, created_at);
CREATE INDEX stock_movements_created_idx ON stock_movements (created_at, id);
CREATE INDEX stock_movements_order_idx ON stock_movements (order_id) WHERE order_id IS NOT NULL;
CREATE FUNCTION stock_movements_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock movements are never changed or deleted' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER stock_movements_stay BEFORE UPDATE OR DELETE ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION stock_movements_stay();

-- Who wants to know when a variant is back; notified_at is when the news of it was published.
CREATE TABLE stock_alerts (
    id          uuid        PRIMARY KEY,
    variant_id  uuid        NOT NULL,
    email       text        NOT NULL,
    created_at  timestamptz NOT NULL,
    notified_at timestamptz,
    CONSTRAINT stock_alerts_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX stock_alerts_open_key ON stock_alerts (variant_id, lower(email)) WHERE notified_at IS NULL;
CREATE INDEX stock_alerts_variant_idx ON stock_alerts (variant_id);
CREATE INDEX stock_alerts_created_idx ON stock_alerts (created_at, id);

-- How a channel's orders take stock, and whether its carts may keep units for a while.
ALTER TABLE sales_channels ADD COLUMN stock_allocation text NOT NULL DEFAULT 'FEWEST_LOCATIONS';
ALTER TABLE sales_channels ADD COLUMN cart_holds boolean NOT NULL DEFAULT false;
ALTER TABLE sales_channels ADD CONSTRAINT sales_channels_stock_allocation_known
    CHECK (stock_allocation IN ('FEWEST_LOCATIONS', 'PRIORITY'));

-- What one unit of a line takes of which items, as it was when the order was placed, and how many of its units were not
-- there then. The catalogue may make another kit of the variant later.
ALTER TABLE order_lines ADD COLUMN components jsonb NOT NULL DEFAULT '[]';
ALTER TABLE order_lines ADD COLUMN backordered integer NOT NULL DEFAULT 0;
UPDATE order_lines SET components = jsonb_build_array(jsonb_build_object('itemId', variant_id, 'quantity', 1))
WHERE variant_id IS NOT NULL;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_backordered_range CHECK (backordered BETWEEN 0 AND quantity);
