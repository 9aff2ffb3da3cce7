ALTER TABLE orders ADD COLUMN promotions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN shipping_discounts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN shipping_taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN explanation jsonb NOT NULL DEFAULT '[]';
UPDATE orders SET promotions = pricing -> 'promotions', shipping_discounts = pricing -> 'shippingDiscounts',
    shipping_taxes = pricing -> 'shippingTaxes', explanation = pricing -> 'explanation';
ALTER TABLE orders DROP COLUMN pricing;
