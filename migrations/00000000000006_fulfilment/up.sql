-- A way to send an order to the countries of a region, at a price in the region's currency.
CREATE TABLE shipping_options (
    id          uuid           PRIMARY KEY,
    region_id   uuid           NOT NULL,
    name        text           NOT NULL,
    description text           NOT NULL DEFAULT '',
    amount      numeric(19, 4) NOT NULL,
    position    integer        NOT NULL DEFAULT 0,
    active      boolean        NOT NULL DEFAULT true,
    created_at  timestamptz    NOT NULL,
    CONSTRAINT shipping_options_amount_range CHECK (amount >= 0),
    CONSTRAINT shipping_options_region_fkey FOREIGN KEY (region_id) REFERENCES regions (id) ON DELETE CASCADE
);
CREATE INDEX shipping_options_region_idx ON shipping_options (region_id, position);
