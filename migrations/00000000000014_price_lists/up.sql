-- Prices beside the base prices, for a time and for some buyers: a sale, or a list that takes the base's place.
CREATE TABLE price_lists (
    id                 uuid        PRIMARY KEY,
    name               text        NOT NULL,
    description        text        NOT NULL DEFAULT '',
    kind               text        NOT NULL,
    status             text        NOT NULL,
    starts_at          timestamptz,
    ends_at            timestamptz,
    region_ids         uuid[]      NOT NULL DEFAULT '{}',
    countries          text[]      NOT NULL DEFAULT '{}',
    customer_group_ids uuid[]      NOT NULL DEFAULT '{}',
    channel_ids        uuid[]      NOT NULL DEFAULT '{}',
    version            integer     NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT price_lists_name_key UNIQUE (name),
    CONSTRAINT price_lists_kind_known CHECK (kind IN ('SALE', 'OVERRIDE')),
    CONSTRAINT price_lists_status_known CHECK (status IN ('DRAFT', 'ACTIVE')),
    CONSTRAINT price_lists_window CHECK (ends_at > starts_at)
);
CREATE INDEX price_lists_created_idx ON price_lists (created_at, id);

-- When a list was in force, is, or will be. What is past never changes, so that the price of any moment can be told.
CREATE TABLE price_list_periods (
    price_list_id uuid        NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz,
    CONSTRAINT price_list_periods_pkey PRIMARY KEY (price_list_id, starts_at),
    CONSTRAINT price_list_periods_window CHECK (ends_at > starts_at),
    CONSTRAINT price_list_periods_list_fkey FOREIGN KEY (price_list_id) REFERENCES price_lists (id) ON DELETE CASCADE
);

-- A price becomes one of many: for a list, for a number of units, for a region, a country, a group or a channel. It is
-- never changed: a new row takes its place and "valid_until" ends it, so that earlier prices are known.
ALTER TABLE prices ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE prices ADD COLUMN price_list_id uuid;
ALTER TABLE prices ADD COLUMN min_quantity integer NOT NULL DEFAULT 1;
ALTER TABLE prices ADD COLUMN max_quantity integer;
ALTER TABLE prices ADD COLUMN region_id uuid;
ALTER TABLE prices ADD COLUMN country text;
ALTER TABLE prices ADD COLUMN customer_group_id uuid;
ALTER TABLE prices ADD COLUMN channel_id uuid;
ALTER TABLE prices ADD COLUMN valid_from timestamptz NOT NULL DEFAULT now();
ALTER TABLE prices ADD COLUMN valid_until timestamptz;
ALTER TABLE prices ALTER COLUMN id DROP DEFAULT;
ALTER TABLE prices ALTER COLUMN valid_from DROP DEFAULT;
ALTER TABLE prices DROP CONSTRAINT prices_pkey;
ALTER TABLE prices ADD CONSTRAINT prices_pkey PRIMARY KEY (id);
ALTER TABLE prices ADD CONSTRAINT prices_quantity_range CHECK (min_quantity >= 1 AND max_quantity >= min_quantity);
ALTER TABLE prices ADD CONSTRAINT prices_window CHECK (valid_until >= valid_from);
ALTER TABLE prices ADD CONSTRAINT prices_country_iso CHECK (country ~ '^[A-Z]{2}$');
ALTER TABLE prices ADD CONSTRAINT prices_list_fkey FOREIGN KEY (price_list_id) REFERENCES price_lists (id) ON DELETE CASCADE;
ALTER TABLE prices ADD CONSTRAINT prices_region_fkey FOREIGN KEY (region_id) REFERENCES regions (id) ON DELETE CASCADE;
ALTER TABLE prices ADD CONSTRAINT prices_group_fkey FOREIGN KEY (customer_group_id) REFERENCES customer_groups (id) ON DELETE CASCADE;
ALTER TABLE prices ADD CONSTRAINT prices_channel_fkey FOREIGN KEY (channel_id) REFERENCES sales_channels (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX prices_current_key ON prices (
    variant_id, currency,
    coalesce(price_list_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(region_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(country, ''),
    coalesce(customer_group_id, '00000000-0000-0000-0000-000000000000'),
    coalesce(channel_id, '00000000-0000-0000-0000-000000000000'),
    min_quantity,
    (min_quantity = 1 AND max_quantity IS NULL)
) WHERE valid_until IS NULL;
CREATE INDEX prices_variant_idx ON prices (variant_id, currency, valid_from);
CREATE INDEX prices_list_idx ON prices (price_list_id, id) WHERE price_list_id IS NOT NULL;
CREATE INDEX prices_region_idx ON prices (region_id) WHERE region_id IS NOT NULL;
CREATE INDEX prices_group_idx ON prices (customer_group_id) WHERE customer_group_id IS NOT NULL;
CREATE INDEX prices_channel_idx ON prices (channel_id) WHERE channel_id IS NOT NULL;

-- Whether prices in a currency that name no region include tax. Without a row, they are as the buyer's region has them.
CREATE TABLE currency_preferences (
    currency           text    PRIMARY KEY,
    prices_include_tax boolean NOT NULL,
    CONSTRAINT currency_preferences_currency_iso CHECK (currency ~ '^[A-Z]{3}$')
);

-- Every value that some price or list asks for, as "country:DE" or "group:<id>". What is not here makes no difference
-- to any price, so that two buyers who differ only in that see the same prices.
CREATE TABLE price_rule_values (
    value text PRIMARY KEY
);

-- Buyers who see the same prices: a currency, and the values above that hold for them, sorted. Where a region is among
-- them, prices with and without tax may meet: "prices_include_tax" and "tax_rate" are the region's when they were last
-- compared, and a context whose region has changed since is filled anew. Lists use a context once it is "ready".
CREATE TABLE price_contexts (
    id                 uuid          PRIMARY KEY,
    currency           text          NOT NULL,
    rules              text[]        NOT NULL,
    prices_include_tax boolean       NOT NULL DEFAULT false,
    tax_rate           numeric(9, 6) NOT NULL DEFAULT 0,
    ready              boolean       NOT NULL DEFAULT true,
    created_at         timestamptz   NOT NULL,
    CONSTRAINT price_contexts_key UNIQUE (currency, rules)
);

-- What a product costs in a context at a time: the lowest and highest price of one unit over its variants. Lists
-- filter and sort by it. Written in the transaction that changes a price.
CREATE TABLE product_price_index (
    context_id  uuid           NOT NULL,
    product_id  uuid           NOT NULL,
    valid_from  timestamptz    NOT NULL,
    valid_until timestamptz    NOT NULL,
    min_amount  numeric(19, 4) NOT NULL,
    max_amount  numeric(19, 4) NOT NULL,
    CONSTRAINT product_price_index_pkey PRIMARY KEY (product_id, context_id, valid_from),
    CONSTRAINT product_price_index_context_fkey FOREIGN KEY (context_id) REFERENCES price_contexts (id) ON DELETE CASCADE,
    CONSTRAINT product_price_index_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE INDEX product_price_index_min_idx ON product_price_index (context_id, min_amount, product_id);

INSERT INTO price_contexts (id, currency, rules, created_at)
SELECT gen_random_uuid(), currency, '{}', now() FROM (SELECT DISTINCT currency FROM product_price_ranges) known;
INSERT INTO product_price_index (context_id, product_id, valid_from, valid_until, min_amount, max_amount)
SELECT c.id, r.product_id, '-infinity', 'infinity', r.min_amount, r.max_amount
FROM product_price_ranges r JOIN price_contexts c ON c.currency = r.currency;
DROP TABLE product_price_ranges;
