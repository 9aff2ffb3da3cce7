-- A cart is a quote: prices, rates and amounts as they were when it was last changed.
CREATE TABLE carts (
    id                 uuid           PRIMARY KEY,
    channel_id         uuid           NOT NULL,
    region_id          uuid           NOT NULL,
    customer_id        uuid,
    currency           text           NOT NULL,
    prices_include_tax boolean        NOT NULL,
    tax_rounding       text           NOT NULL,
    shipping_tax_rate  numeric(7, 6)  NOT NULL,
    email              text,
    note               text           NOT NULL DEFAULT '',
    shipping_address   jsonb,
    billing_address    jsonb,
    shipping_option_id uuid,
    shipping_name      text,
    shipping_amount    numeric(19, 4),
    order_id           uuid,
    version            integer        NOT NULL DEFAULT 1,
    created_at         timestamptz    NOT NULL,
    updated_at         timestamptz    NOT NULL,
    CONSTRAINT carts_order_key UNIQUE (order_id),
    CONSTRAINT carts_shipping_whole CHECK (
        (shipping_option_id IS NULL) = (shipping_amount IS NULL) AND (shipping_option_id IS NULL) = (shipping_name IS NULL)
    ),
    CONSTRAINT carts_channel_fkey FOREIGN KEY (channel_id) REFERENCES sales_channels (id),
    CONSTRAINT carts_region_fkey FOREIGN KEY (region_id) REFERENCES regions (id),
    CONSTRAINT carts_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL
);
CREATE INDEX carts_customer_idx ON carts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX carts_region_idx ON carts (region_id);

-- unit_price is null when the variant cannot be bought in the cart's region any more; such a line blocks completion.
CREATE TABLE cart_lines (
    id         uuid          PRIMARY KEY,
    cart_id    uuid          NOT NULL,
    variant_id uuid          NOT NULL,
    properties jsonb         NOT NULL,
    quantity   integer       NOT NULL,
    unit_price numeric(19, 4),
    tax_rate   numeric(7, 6) NOT NULL,
    requires_shipping boolean NOT NULL,
    CONSTRAINT cart_lines_merge_key UNIQUE (cart_id, variant_id, properties),
    CONSTRAINT cart_lines_quantity_range CHECK (quantity BETWEEN 1 AND 9999),
    CONSTRAINT cart_lines_cart_fkey FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE CASCADE,
    CONSTRAINT cart_lines_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
);
CREATE INDEX cart_lines_variant_idx ON cart_lines (variant_id);
