ALTER TABLE customers DROP COLUMN tax_exempt_reason;
ALTER TABLE customers DROP COLUMN tax_exempt;
DROP TABLE customer_group_members;
DROP TABLE customer_groups;
