-- How an order was priced is read and written as a whole, so it is one column. It also keeps the table within 32 columns:
-- diesel's larger tuples cost 100 seconds of each build.
ALTER TABLE orders ADD COLUMN pricing jsonb;
UPDATE orders SET pricing = jsonb_build_object('promotions', promotions, 'shippingDiscounts', shipping_discounts,
    'shippingTaxes', shipping_taxes, 'explanation', explanation);
ALTER TABLE orders ALTER COLUMN pricing SET NOT NULL;
ALTER TABLE orders DROP COLUMN promotions;
ALTER TABLE orders DROP COLUMN shipping_discounts;
ALTER TABLE orders DROP COLUMN shipping_taxes;
ALTER TABLE orders DROP COLUMN explanation;
