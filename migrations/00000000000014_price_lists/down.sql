CREATE TABLE product_price_ranges (
    product_id uuid           NOT NULL,
    currency   text           NOT NULL,
    min_amount numeric(19, 4) NOT NULL,
    max_amount numeric(19, 4) NOT NULL,
    CONSTRAINT product_price_ranges_pkey PRIMARY KEY (product_id, currency),
    CONSTRAINT product_price_ranges_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE INDEX product_price_ranges_min_idx ON product_price_ranges (currency, min_amount, product_id);
DROP TABLE product_price_index;
DROP TABLE price_contexts;
DROP TABLE price_rule_values;
DROP TABLE currency_preferences;
DELETE FROM prices WHERE valid_until IS NOT NULL OR price_list_id IS NOT NULL OR min_quantity > 1
    OR num_nonnulls(region_id, country, customer_group_id, channel_id) > 0;
INSERT INTO product_price_ranges (product_id, currency, min_amount, max_amount)
SELECT v.product_id, p.currency, min(p.amount), max(p.amount)
FROM prices p JOIN variants v ON v.id = p.variant_id GROUP BY 1, 2;
DROP INDEX prices_variant_idx;
ALTER TABLE prices DROP CONSTRAINT prices_pkey;
ALTER TABLE prices DROP COLUMN valid_until;
ALTER TABLE prices DROP COLUMN valid_from;
ALTER TABLE prices DROP COLUMN channel_id;
ALTER TABLE prices DROP COLUMN customer_group_id;
ALTER TABLE prices DROP COLUMN country;
ALTER TABLE prices DROP COLUMN region_id;
ALTER TABLE prices DROP COLUMN max_quantity;
ALTER TABLE prices DROP COLUMN min_quantity;
ALTER TABLE prices DROP COLUMN price_list_id;
ALTER TABLE prices DROP COLUMN id;
ALTER TABLE prices ADD CONSTRAINT prices_pkey PRIMARY KEY (variant_id, currency);
DROP TABLE price_list_periods;
DROP TABLE price_lists;
