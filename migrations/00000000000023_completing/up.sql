-- A cart is being completed while its payment is asked for outside: until then it does not change.
ALTER TABLE carts ADD COLUMN completing_run_id uuid;
ALTER TABLE carts ADD CONSTRAINT carts_completing_or_completed CHECK (completing_run_id IS NULL OR order_id IS NULL);

-- A use of a promotion is reserved for the order that such a cart will be.
ALTER TABLE promotion_usages DROP CONSTRAINT promotion_usages_state_known;
ALTER TABLE promotion_usages ADD CONSTRAINT promotion_usages_state_known
    CHECK (state IN ('RESERVED', 'CONSUMED', 'RETURNED'));
