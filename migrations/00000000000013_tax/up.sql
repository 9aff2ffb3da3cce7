-- A kind of goods or shipping that is taxed in its own way, such as books. What has no class is taxed by default.
CREATE TABLE tax_classes (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT tax_classes_name_key UNIQUE (name)
);
ALTER TABLE products ADD COLUMN tax_class_id uuid;
ALTER TABLE products ADD CONSTRAINT products_tax_class_fkey FOREIGN KEY (tax_class_id) REFERENCES tax_classes (id);
CREATE INDEX products_tax_class_idx ON products (tax_class_id) WHERE tax_class_id IS NOT NULL;
ALTER TABLE shipping_options ADD COLUMN tax_class_id uuid;
ALTER TABLE shipping_options ADD CONSTRAINT shipping_options_tax_class_fkey FOREIGN KEY (tax_class_id) REFERENCES tax_classes (id);

-- Where somebody levies a tax: a country, one of its provinces, or the postcodes of a pattern. The rates of all that
-- an address lies in are added up, unless a narrower one replaces the wider ones.
CREATE TABLE tax_jurisdictions (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    country    text        NOT NULL,
    province   text,
    postcodes  text,
    replaces   boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tax_jurisdictions_country_iso CHECK (country ~ '^[A-Z]{2}$')
);
CREATE UNIQUE INDEX tax_jurisdictions_place_key
    ON tax_jurisdictions (country, coalesce(lower(province), ''), md5(coalesce(postcodes, '')));
CREATE INDEX tax_jurisdictions_name_idx ON tax_jurisdictions (name, id);

-- A rate of a jurisdiction: its default one, or the one of a class, which takes the default's place.
CREATE TABLE tax_rates (
    id              uuid          PRIMARY KEY,
    jurisdiction_id uuid          NOT NULL,
    tax_class_id    uuid,
    name            text          NOT NULL,
    code            text          NOT NULL,
    rate            numeric(7, 6) NOT NULL,
    compound        boolean       NOT NULL DEFAULT false,
    position        integer       NOT NULL DEFAULT 0,
    starts_at       timestamptz,
    ends_at         timestamptz,
    created_at      timestamptz   NOT NULL,
    updated_at      timestamptz   NOT NULL,
    CONSTRAINT tax_rates_rate_range CHECK (rate BETWEEN 0 AND 1),
    CONSTRAINT tax_rates_window CHECK (ends_at > starts_at),
    CONSTRAINT tax_rates_jurisdiction_fkey FOREIGN KEY (jurisdiction_id) REFERENCES tax_jurisdictions (id) ON DELETE CASCADE,
    CONSTRAINT tax_rates_class_fkey FOREIGN KEY (tax_class_id) REFERENCES tax_classes (id)
);
CREATE INDEX tax_rates_jurisdiction_idx ON tax_rates (jurisdiction_id, position);
CREATE INDEX tax_rates_class_idx ON tax_rates (tax_class_id) WHERE tax_class_id IS NOT NULL;

-- How shipping is taxed in a region: at its own rate, or at the average of what is sent, weighted by its net.
ALTER TABLE regions ADD COLUMN shipping_tax text NOT NULL DEFAULT 'OWN';
ALTER TABLE regions ADD CONSTRAINT regions_shipping_tax_known CHECK (shipping_tax IN ('OWN', 'WEIGHTED'));
