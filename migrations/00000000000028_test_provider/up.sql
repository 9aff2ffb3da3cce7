-- The provider `test` creates its tables when it is used first: a shop that sells has none. Records are kept.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM test_bank_calls) AND NOT EXISTS (SELECT FROM test_bank_charges) THEN
        DROP TABLE test_bank_moves, test_bank_charges, test_bank_calls;
    END IF;
END
$$;
