-- A cart that is being completed would be open again while it is paid.
DO $$ BEGIN
    IF EXISTS (SELECT FROM carts WHERE completing_run_id IS NOT NULL) THEN
        RAISE EXCEPTION 'There are carts that are being completed; wait until they are orders or open again.';
    END IF;
END $$;

UPDATE promotion_usages SET state = 'RETURNED' WHERE state = 'RESERVED';
ALTER TABLE promotion_usages DROP CONSTRAINT promotion_usages_state_known;
ALTER TABLE promotion_usages ADD CONSTRAINT promotion_usages_state_known CHECK (state IN ('CONSUMED', 'RETURNED'));
ALTER TABLE carts DROP CONSTRAINT carts_completing_or_completed;
ALTER TABLE carts DROP COLUMN completing_run_id;
