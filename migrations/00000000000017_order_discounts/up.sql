-- An order keeps its discounts, taxes and the explanation of its totals.
ALTER TABLE orders ADD COLUMN discount_net numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN discount_tax numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN promotions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN shipping_discounts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN shipping_taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN tax_exempt boolean NOT NULL DEFAULT false;
ALTER TABLE orders ADD COLUMN explanation jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders DROP CONSTRAINT orders_total_adds_up;
ALTER TABLE orders ADD CONSTRAINT orders_total_adds_up CHECK (
    total_gross = subtotal_net + subtotal_tax + shipping_net + shipping_tax - discount_net - discount_tax
);
UPDATE orders SET shipping_taxes = jsonb_build_array(jsonb_build_object('name', 'Tax', 'code', 'TAX', 'rate', shipping_tax_rate::text,
    'compound', false, 'amount', shipping_tax::text))
WHERE shipping_net <> 0 AND shipping_tax_rate <> 0;
ALTER TABLE orders DROP COLUMN shipping_tax_rate;

ALTER TABLE order_lines ADD COLUMN includes_tax boolean;
ALTER TABLE order_lines ADD COLUMN compare_at numeric(19, 4);
ALTER TABLE order_lines ADD COLUMN price_list text;
ALTER TABLE order_lines ADD COLUMN tier_from integer;
ALTER TABLE order_lines ADD COLUMN override_reason text;
ALTER TABLE order_lines ADD COLUMN discount_net numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN discount_tax numeric(19, 4) NOT NULL DEFAULT 0;
ALTER TABLE order_lines ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE order_lines ADD COLUMN discounts jsonb NOT NULL DEFAULT '[]';
UPDATE order_lines l SET includes_tax = o.prices_include_tax,
    taxes = CASE WHEN l.tax_rate = 0 THEN '[]' ELSE
        jsonb_build_array(jsonb_build_object('name', 'Tax', 'code', 'TAX', 'rate', l.tax_rate::text, 'compound', false, 'amount', l.tax::text)) END
FROM orders o WHERE o.id = l.order_id;
ALTER TABLE order_lines ALTER COLUMN includes_tax SET NOT NULL;
ALTER TABLE order_lines DROP COLUMN tax_rate;
