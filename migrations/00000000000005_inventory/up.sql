CREATE TABLE stock_locations (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    position   integer     NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT stock_locations_name_key UNIQUE (name)
);

-- How a variant's stock is kept. An untracked variant never runs out; a backorder one may be sold below zero.
CREATE TABLE stock_items (
    variant_id uuid    PRIMARY KEY,
    tracked    boolean NOT NULL,
    backorder  boolean NOT NULL,
    CONSTRAINT stock_items_backorder_key UNIQUE (variant_id, backorder),
    CONSTRAINT stock_items_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
);

-- Units on the shelf and units promised to orders. The constraint is what makes overselling impossible: "backorder"
-- follows the item through the foreign key, so that the database itself knows which level may go below zero.
CREATE TABLE stock_levels (
    variant_id  uuid    NOT NULL,
    location_id uuid    NOT NULL,
    backorder   boolean NOT NULL,
    stocked     integer NOT NULL,
    reserved    integer NOT NULL DEFAULT 0,
    CONSTRAINT stock_levels_pkey PRIMARY KEY (variant_id, location_id),
    CONSTRAINT stock_levels_stocked_range CHECK (stocked >= 0),
    CONSTRAINT stock_levels_reserved_range CHECK (reserved >= 0),
    CONSTRAINT stock_levels_never_oversold CHECK (backorder OR reserved <= stocked),
    CONSTRAINT stock_levels_item_fkey FOREIGN KEY (variant_id, backorder)
        REFERENCES stock_items (variant_id, backorder) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT stock_levels_location_fkey FOREIGN KEY (location_id) REFERENCES stock_locations (id)
);
CREATE INDEX stock_levels_location_idx ON stock_levels (location_id);

-- Units that an order has been promised and that have not left yet.
CREATE TABLE stock_reservations (
    order_id    uuid    NOT NULL,
    variant_id  uuid    NOT NULL,
    location_id uuid    NOT NULL,
    quantity    integer NOT NULL,
    CONSTRAINT stock_reservations_pkey PRIMARY KEY (order_id, variant_id, location_id),
    CONSTRAINT stock_reservations_quantity_range CHECK (quantity > 0),
    CONSTRAINT stock_reservations_level_fkey FOREIGN KEY (variant_id, location_id)
        REFERENCES stock_levels (variant_id, location_id)
);
CREATE INDEX stock_reservations_level_idx ON stock_reservations (variant_id, location_id);

-- The ledger: every change of a level, append-only. A level is the sum of its movements.
CREATE TABLE stock_movements (
    id             uuid        PRIMARY KEY,
    variant_id     uuid        NOT NULL,
    location_id    uuid        NOT NULL,
    kind           text        NOT NULL,
    stocked_delta  integer     NOT NULL,
    reserved_delta integer     NOT NULL,
    reason         text        NOT NULL DEFAULT '',
    order_id       uuid,
    created_at     timestamptz NOT NULL,
    CONSTRAINT stock_movements_kind_known CHECK (kind IN ('SET', 'ADJUST', 'RESERVE', 'RELEASE', 'FULFIL'))
);
CREATE INDEX stock_movements_level_idx ON stock_movements (variant_id, location_id, created_at);
