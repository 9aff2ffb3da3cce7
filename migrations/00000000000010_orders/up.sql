-- An order is a snapshot: it keeps titles, prices and rates as they were sold, whatever the catalogue does later.
CREATE TABLE orders (
    id                 uuid           PRIMARY KEY,
    channel_id         uuid           NOT NULL,
    number             bigint         NOT NULL,
    cart_id            uuid           NOT NULL,
    customer_id        uuid,
    region_id          uuid,
    email              text           NOT NULL,
    currency           text           NOT NULL,
    prices_include_tax boolean        NOT NULL,
    tax_rounding       text           NOT NULL,
    note               text           NOT NULL DEFAULT '',
    shipping_address   jsonb,
    billing_address    jsonb,
    shipping_name      text,
    subtotal_net       numeric(19, 4) NOT NULL,
    subtotal_tax       numeric(19, 4) NOT NULL,
    shipping_net       numeric(19, 4) NOT NULL,
    shipping_tax       numeric(19, 4) NOT NULL,
    shipping_tax_rate  numeric(7, 6)  NOT NULL,
    total_gross        numeric(19, 4) NOT NULL,
    status             text           NOT NULL,
    cancel_reason      text,
    version            integer        NOT NULL DEFAULT 1,
    placed_at          timestamptz    NOT NULL,
    updated_at         timestamptz    NOT NULL,
    cancelled_at       timestamptz,
    CONSTRAINT orders_number_key UNIQUE (channel_id, number),
    CONSTRAINT orders_cart_key UNIQUE (cart_id),
    CONSTRAINT orders_status_known CHECK (status IN ('PLACED', 'CANCELLED')),
    CONSTRAINT orders_total_adds_up CHECK (total_gross = subtotal_net + subtotal_tax + shipping_net + shipping_tax),
    CONSTRAINT orders_channel_fkey FOREIGN KEY (channel_id) REFERENCES sales_channels (id),
    CONSTRAINT orders_region_fkey FOREIGN KEY (region_id) REFERENCES regions (id) ON DELETE SET NULL,
    CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL
);
CREATE INDEX orders_placed_idx ON orders (placed_at, id);
CREATE INDEX orders_total_idx ON orders (total_gross, id);
CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at, id);
CREATE INDEX orders_email_idx ON orders (email);

CREATE TABLE order_lines (
    id                 uuid           PRIMARY KEY,
    order_id           uuid           NOT NULL,
    position           integer        NOT NULL,
    variant_id         uuid,
    product_id         uuid,
    product_title      text           NOT NULL,
    variant_title      text           NOT NULL,
    sku                text,
    image_url          text,
    properties         jsonb          NOT NULL,
    quantity           integer        NOT NULL,
    fulfilled_quantity integer        NOT NULL DEFAULT 0,
    unit_price         numeric(19, 4) NOT NULL,
    tax_rate           numeric(7, 6)  NOT NULL,
    net                numeric(19, 4) NOT NULL,
    tax                numeric(19, 4) NOT NULL,
    CONSTRAINT order_lines_position_key UNIQUE (order_id, position),
    CONSTRAINT order_lines_quantity_range CHECK (quantity > 0),
    CONSTRAINT order_lines_fulfilled_range CHECK (fulfilled_quantity BETWEEN 0 AND quantity),
    CONSTRAINT order_lines_order_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_lines_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE SET NULL,
    CONSTRAINT order_lines_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE SET NULL
);
CREATE INDEX order_lines_variant_idx ON order_lines (variant_id);
CREATE INDEX order_lines_product_idx ON order_lines (product_id);

-- A parcel that has left, with what was in it.
CREATE TABLE fulfillments (
    id              uuid        PRIMARY KEY,
    order_id        uuid        NOT NULL,
    tracking_number text        NOT NULL DEFAULT '',
    tracking_url    text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    CONSTRAINT fulfillments_order_fkey FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE INDEX fulfillments_order_idx ON fulfillments (order_id, created_at);

CREATE TABLE fulfillment_lines (
    fulfillment_id uuid    NOT NULL,
    order_line_id  uuid    NOT NULL,
    quantity       integer NOT NULL,
    CONSTRAINT fulfillment_lines_pkey PRIMARY KEY (fulfillment_id, order_line_id),
    CONSTRAINT fulfillment_lines_quantity_range CHECK (quantity > 0),
    CONSTRAINT fulfillment_lines_fulfillment_fkey FOREIGN KEY (fulfillment_id) REFERENCES fulfillments (id),
    CONSTRAINT fulfillment_lines_order_line_fkey FOREIGN KEY (order_line_id) REFERENCES order_lines (id)
);
CREATE INDEX fulfillment_lines_order_line_idx ON fulfillment_lines (order_line_id);
