ALTER TABLE order_lines DROP CONSTRAINT order_lines_backordered_range;
ALTER TABLE order_lines DROP COLUMN backordered;
ALTER TABLE order_lines DROP COLUMN components;
ALTER TABLE sales_channels DROP CONSTRAINT sales_channels_stock_allocation_known;
ALTER TABLE sales_channels DROP COLUMN cart_holds;
ALTER TABLE sales_channels DROP COLUMN stock_allocation;
DROP TABLE stock_alerts;
DROP TRIGGER variants_item_sku ON variants;
DROP FUNCTION variants_item_sku();
DROP TRIGGER variants_drop_items ON variants;
DROP FUNCTION variants_drop_items();

-- Variants have stock of their own again: that of the item with their id. Items that are no variant's are forgotten.
CREATE TABLE stock_items (
    variant_id uuid    PRIMARY KEY,
    tracked    boolean NOT NULL,
    backorder  boolean NOT NULL,
    CONSTRAINT stock_items_backorder_key UNIQUE (variant_id, backorder),
    CONSTRAINT stock_items_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
);
INSERT INTO stock_items (variant_id, tracked, backorder)
SELECT v.id, coalesce(i.tracked, true), coalesce(i.backorder_limit > 0, false)
FROM variants v LEFT JOIN inventory_items i ON i.id = v.id;

DROP TRIGGER stock_movements_stay ON stock_movements;
DROP FUNCTION stock_movements_stay();
DROP INDEX stock_movements_order_idx;
DROP INDEX stock_movements_created_idx;
ALTER TABLE stock_movements ADD COLUMN variant_id uuid;
UPDATE stock_movements SET variant_id = item_id;
UPDATE stock_movements SET kind = 'ADJUST' WHERE kind IN ('UNFULFIL', 'MOVE', 'RETURN');
ALTER TABLE stock_movements ALTER COLUMN variant_id SET NOT NULL;
ALTER TABLE stock_movements DROP COLUMN item_id;
ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_kind_known;
ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_kind_known
    CHECK (kind IN ('SET', 'ADJUST', 'RESERVE', 'RELEASE', 'FULFIL'));
CREATE INDEX stock_movements_level_idx ON stock_movements (variant_id, location_id, created_at);

CREATE TEMPORARY TABLE kept_reservations ON COMMIT DROP AS
SELECT r.* FROM stock_reservations r JOIN stock_items s ON s.variant_id = r.item_id WHERE r.kind = 'ORDER';
DELETE FROM stock_reservations;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_cart_fkey;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_level_fkey;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_whole;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_cart_key;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_order_key;
ALTER TABLE stock_reservations DROP CONSTRAINT stock_reservations_pkey;
DROP INDEX stock_reservations_created_idx;
DROP INDEX stock_reservations_expiry_idx;
DROP INDEX stock_reservations_level_idx;
ALTER TABLE stock_reservations DROP COLUMN id;
ALTER TABLE stock_reservations DROP COLUMN kind;
ALTER TABLE stock_reservations DROP COLUMN order_id;
ALTER TABLE stock_reservations DROP COLUMN cart_id;
ALTER TABLE stock_reservations DROP COLUMN item_id;
ALTER TABLE stock_reservations DROP COLUMN expires_at;
ALTER TABLE stock_reservations DROP COLUMN created_at;

DELETE FROM stock_levels l WHERE NOT EXISTS (SELECT FROM stock_items s WHERE s.variant_id = l.item_id);
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_item_fkey;
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_never_oversold;
ALTER TABLE stock_levels DROP CONSTRAINT stock_levels_pkey;
ALTER TABLE stock_levels ADD COLUMN variant_id uuid;
ALTER TABLE stock_levels ADD COLUMN backorder boolean;
UPDATE stock_levels SET variant_id = item_id, backorder = backorder_limit > 0;
ALTER TABLE stock_levels ALTER COLUMN variant_id SET NOT NULL;
ALTER TABLE stock_levels ALTER COLUMN backorder SET NOT NULL;
ALTER TABLE stock_levels DROP COLUMN item_id;
ALTER TABLE stock_levels DROP COLUMN backorder_limit;
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_pkey PRIMARY KEY (variant_id, location_id);
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_never_oversold CHECK (backorder OR reserved <= stocked);
ALTER TABLE stock_levels ADD CONSTRAINT stock_levels_item_fkey FOREIGN KEY (variant_id, backorder)
    REFERENCES stock_items (variant_id, backorder) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE stock_reservations ADD COLUMN order_id uuid NOT NULL;
ALTER TABLE stock_reservations ADD COLUMN variant_id uuid NOT NULL;
INSERT INTO stock_reservations (order_id, variant_id, location_id, quantity)
SELECT order_id, item_id, location_id, quantity FROM kept_reservations;
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_pkey PRIMARY KEY (order_id, variant_id, location_id);
ALTER TABLE stock_reservations ADD CONSTRAINT stock_reservations_level_fkey FOREIGN KEY (variant_id, location_id)
    REFERENCES stock_levels (variant_id, location_id);
CREATE INDEX stock_reservations_level_idx ON stock_reservations (variant_id, location_id);

DROP TABLE variant_items;
DROP TABLE inventory_items;
