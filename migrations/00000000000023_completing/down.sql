UPDATE promotion_usages SET state = 'RETURNED' WHERE state = 'RESERVED';
ALTER TABLE promotion_usages DROP CONSTRAINT promotion_usages_state_known;
ALTER TABLE promotion_usages ADD CONSTRAINT promotion_usages_state_known CHECK (state IN ('CONSUMED', 'RETURNED'));
ALTER TABLE carts DROP CONSTRAINT carts_completing_or_completed;
ALTER TABLE carts DROP COLUMN completing_run_id;
