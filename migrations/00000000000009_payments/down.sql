DROP TABLE payments;
DROP TABLE payment_sessions;
