-- A cart's quote learns of codes, promotions, several taxes on one line, and prices set by hand.
ALTER TABLE carts ADD COLUMN country text;
ALTER TABLE carts ADD CONSTRAINT carts_country_iso CHECK (country ~ '^[A-Z]{2}$');
ALTER TABLE carts ADD COLUMN codes text[] NOT NULL DEFAULT '{}';
ALTER TABLE carts ADD COLUMN promotions jsonb NOT NULL DEFAULT '{"applied": [], "rejected": []}';
ALTER TABLE carts ADD COLUMN shipping_discounts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE carts ADD COLUMN shipping_taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE carts ADD COLUMN shipping_tax text NOT NULL DEFAULT 'OWN';
ALTER TABLE carts ADD COLUMN tax_exempt boolean NOT NULL DEFAULT false;
ALTER TABLE carts ADD COLUMN tax_quote text NOT NULL DEFAULT '';
ALTER TABLE carts ADD CONSTRAINT carts_shipping_tax_known CHECK (shipping_tax IN ('OWN', 'WEIGHTED'));
UPDATE carts SET shipping_taxes = jsonb_build_array(jsonb_build_object('name', 'Tax', 'code', 'TAX', 'rate', shipping_tax_rate::text, 'compound', false));
ALTER TABLE carts DROP COLUMN shipping_tax_rate;

ALTER TABLE cart_lines ADD COLUMN includes_tax boolean;
ALTER TABLE cart_lines ADD COLUMN compare_at numeric(19, 4);
ALTER TABLE cart_lines ADD COLUMN price_list text;
ALTER TABLE cart_lines ADD COLUMN tier_from integer;
ALTER TABLE cart_lines ADD COLUMN override_price numeric(19, 4);
ALTER TABLE cart_lines ADD COLUMN override_reason text;
ALTER TABLE cart_lines ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE cart_lines ADD COLUMN discounts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE cart_lines ADD CONSTRAINT cart_lines_override_range CHECK (override_price >= 0);
ALTER TABLE cart_lines ADD CONSTRAINT cart_lines_override_whole CHECK ((override_price IS NULL) = (override_reason IS NULL));
UPDATE cart_lines l SET includes_tax = c.prices_include_tax,
    taxes = CASE WHEN l.tax_rate = 0 THEN '[]' ELSE
        jsonb_build_array(jsonb_build_object('name', 'Tax', 'code', 'TAX', 'rate', l.tax_rate::text, 'compound', false)) END
FROM carts c WHERE c.id = l.cart_id;
ALTER TABLE cart_lines ALTER COLUMN includes_tax SET NOT NULL;
ALTER TABLE cart_lines DROP COLUMN tax_rate;

-- Who set which price by hand, and why. It outlives the cart.
CREATE TABLE price_overrides (
    id         uuid           PRIMARY KEY,
    cart_id    uuid           NOT NULL,
    line_id    uuid           NOT NULL,
    variant_id uuid           NOT NULL,
    staff_id   uuid           NOT NULL,
    currency   text           NOT NULL,
    before     numeric(19, 4),
    after      numeric(19, 4),
    reason     text           NOT NULL,
    created_at timestamptz    NOT NULL
);
CREATE INDEX price_overrides_cart_idx ON price_overrides (cart_id, id);
