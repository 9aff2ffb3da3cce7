CREATE TABLE prices (
    variant_id uuid           NOT NULL,
    currency   text           NOT NULL,
    amount     numeric(19, 4) NOT NULL,
    compare_at numeric(19, 4),
    CONSTRAINT prices_pkey PRIMARY KEY (variant_id, currency),
    CONSTRAINT prices_currency_iso CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT prices_amount_range CHECK (amount >= 0),
    CONSTRAINT prices_compare_at_higher CHECK (compare_at > amount),
    CONSTRAINT prices_variant_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
);

-- The lowest and highest price over a product's variants: what lists filter, sort and show. Written in the
-- transaction that changes a price.
CREATE TABLE product_price_ranges (
    product_id uuid           NOT NULL,
    currency   text           NOT NULL,
    min_amount numeric(19, 4) NOT NULL,
    max_amount numeric(19, 4) NOT NULL,
    CONSTRAINT product_price_ranges_pkey PRIMARY KEY (product_id, currency),
    CONSTRAINT product_price_ranges_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE INDEX product_price_ranges_min_idx ON product_price_ranges (currency, min_amount, product_id);
