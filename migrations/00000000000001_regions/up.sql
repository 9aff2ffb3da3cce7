-- A region is a market: one currency, the countries it serves, and how tax is shown there.
CREATE TABLE regions (
    id                 uuid        PRIMARY KEY,
    name               text        NOT NULL,
    currency           text        NOT NULL,
    tax_rate           numeric(7, 6) NOT NULL,
    prices_include_tax boolean     NOT NULL,
    tax_rounding       text        NOT NULL,
    version            integer     NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT regions_currency_iso CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT regions_tax_rate_range CHECK (tax_rate >= 0 AND tax_rate <= 1),
    CONSTRAINT regions_tax_rounding_known CHECK (tax_rounding IN ('LINE', 'ORDER'))
);

-- The primary key on the country is what keeps a country in one region.
CREATE TABLE region_countries (
    country   text NOT NULL,
    region_id uuid NOT NULL,
    CONSTRAINT region_countries_pkey PRIMARY KEY (country),
    CONSTRAINT region_countries_country_iso CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT region_countries_region_fkey FOREIGN KEY (region_id) REFERENCES regions (id) ON DELETE CASCADE
);
CREATE INDEX region_countries_region_idx ON region_countries (region_id);

-- A sales channel is a place where the shop sells; it numbers its own orders.
CREATE TABLE sales_channels (
    id                uuid        PRIMARY KEY,
    name              text        NOT NULL,
    publishable_key   text        NOT NULL,
    default_region_id uuid,
    last_order_number bigint      NOT NULL DEFAULT 1000,
    created_at        timestamptz NOT NULL,
    CONSTRAINT sales_channels_publishable_key_key UNIQUE (publishable_key),
    CONSTRAINT sales_channels_default_region_fkey FOREIGN KEY (default_region_id) REFERENCES regions (id)
);
