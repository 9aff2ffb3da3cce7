ALTER TABLE payment_sessions DROP COLUMN look_at;
