DROP TABLE sales_channels;
DROP TABLE region_countries;
DROP TABLE regions;
