DROP TABLE collection_products;
DROP TABLE collections;
DROP TABLE variants;
DROP TABLE product_images;
DROP TABLE product_options;
DROP TABLE products;
DROP TABLE categories;
