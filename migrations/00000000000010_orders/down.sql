DROP TABLE fulfillment_lines;
DROP TABLE fulfillments;
DROP TABLE order_lines;
DROP TABLE orders;
