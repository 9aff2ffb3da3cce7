-- path holds the ids from the root down to the category itself, so that "this category and all below" is one test.
CREATE TABLE categories (
    id         uuid        PRIMARY KEY,
    parent_id  uuid,
    handle     text        NOT NULL,
    name       text        NOT NULL,
    path       uuid[]      NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT categories_handle_key UNIQUE (handle),
    CONSTRAINT categories_parent_fkey FOREIGN KEY (parent_id) REFERENCES categories (id),
    CONSTRAINT categories_path_ends_in_self CHECK (path[array_upper(path, 1)] = id)
);
CREATE INDEX categories_parent_idx ON categories (parent_id);
CREATE INDEX categories_path_idx ON categories USING gin (path);
CREATE INDEX categories_name_idx ON categories (name, id);

CREATE TABLE products (
    id               uuid        PRIMARY KEY,
    handle           text        NOT NULL,
    title            text        NOT NULL,
    description_html text        NOT NULL DEFAULT '',
    vendor           text        NOT NULL DEFAULT '',
    product_type     text        NOT NULL DEFAULT '',
    tags             text[]      NOT NULL DEFAULT '{}',
    category_id      uuid,
    seo_title        text        NOT NULL DEFAULT '',
    seo_description  text        NOT NULL DEFAULT '',
    published_at     timestamptz,
    version          integer     NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    search           tsvector    NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('simple', vendor || ' ' || product_type), 'B')
        || setweight(to_tsvector('simple', regexp_replace(description_html, '<[^>]*>', ' ', 'g')), 'D')
    ) STORED,
    CONSTRAINT products_handle_key UNIQUE (handle),
    CONSTRAINT products_handle_form CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT products_category_fkey FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL
);
CREATE INDEX products_created_idx ON products (created_at, id);
CREATE INDEX products_title_idx ON products (title, id);
CREATE INDEX products_category_idx ON products (category_id, created_at, id);
CREATE INDEX products_tags_idx ON products USING gin (tags);
CREATE INDEX products_search_idx ON products USING gin (search);

-- "choices" are the values in the order in which they are shown.
CREATE TABLE product_options (
    id         uuid    PRIMARY KEY,
    product_id uuid    NOT NULL,
    name       text    NOT NULL,
    position   integer NOT NULL,
    choices    text[]  NOT NULL,
    CONSTRAINT product_options_name_key UNIQUE (product_id, name),
    CONSTRAINT product_options_position_key UNIQUE (product_id, position) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT product_options_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);

CREATE TABLE product_images (
    id         uuid    PRIMARY KEY,
    product_id uuid    NOT NULL,
    url        text    NOT NULL,
    alt        text    NOT NULL DEFAULT '',
    position   integer NOT NULL,
    CONSTRAINT product_images_url_key UNIQUE (product_id, url),
    CONSTRAINT product_images_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE INDEX product_images_product_idx ON product_images (product_id, position);

-- option_values holds one choice for each of the product's options, in the options' order.
CREATE TABLE variants (
    id                uuid        PRIMARY KEY,
    product_id        uuid        NOT NULL,
    title             text        NOT NULL,
    sku               text,
    barcode           text,
    option_values     text[]      NOT NULL,
    position          integer     NOT NULL,
    weight_grams      integer,
    requires_shipping boolean     NOT NULL DEFAULT true,
    taxable           boolean     NOT NULL DEFAULT true,
    image_id          uuid,
    version           integer     NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT variants_sku_key UNIQUE (sku),
    CONSTRAINT variants_options_key UNIQUE (product_id, option_values),
    CONSTRAINT variants_weight_range CHECK (weight_grams >= 0),
    CONSTRAINT variants_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT variants_image_fkey FOREIGN KEY (image_id) REFERENCES product_images (id) ON DELETE SET NULL
);
CREATE INDEX variants_product_idx ON variants (product_id, position);
CREATE INDEX variants_image_idx ON variants (image_id) WHERE image_id IS NOT NULL;

CREATE TABLE collections (
    id               uuid        PRIMARY KEY,
    handle           text        NOT NULL,
    title            text        NOT NULL,
    description_html text        NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    CONSTRAINT collections_handle_key UNIQUE (handle),
    CONSTRAINT collections_handle_form CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);
CREATE INDEX collections_title_idx ON collections (title, id);

CREATE TABLE collection_products (
    collection_id uuid NOT NULL,
    product_id    uuid NOT NULL,
    CONSTRAINT collection_products_pkey PRIMARY KEY (collection_id, product_id),
    CONSTRAINT collection_products_collection_fkey FOREIGN KEY (collection_id) REFERENCES collections (id) ON DELETE CASCADE,
    CONSTRAINT collection_products_product_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);
CREATE INDEX collection_products_product_idx ON collection_products (product_id);
