DROP TABLE shipping_options;
