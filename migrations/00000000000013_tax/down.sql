ALTER TABLE regions DROP COLUMN shipping_tax;
DROP TABLE tax_rates;
DROP TABLE tax_jurisdictions;
ALTER TABLE shipping_options DROP COLUMN tax_class_id;
ALTER TABLE products DROP COLUMN tax_class_id;
DROP TABLE tax_classes;
