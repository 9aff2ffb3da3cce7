DROP TABLE promotion_usages;
DROP TABLE promotion_codes;
DROP TABLE promotions;
DROP TABLE campaigns;
