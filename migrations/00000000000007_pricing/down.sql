DROP TABLE product_price_ranges;
DROP TABLE prices;
