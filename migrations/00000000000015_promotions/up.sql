-- Several promotions that share dates and a budget: an amount of discounts, or a number of uses. "budget_used" is kept
-- only while there is a budget.
CREATE TABLE campaigns (
    id              uuid           PRIMARY KEY,
    name            text           NOT NULL,
    description     text           NOT NULL DEFAULT '',
    starts_at       timestamptz,
    ends_at         timestamptz,
    budget_kind     text,
    budget_limit    numeric(19, 4),
    budget_currency text,
    budget_used     numeric(19, 4) NOT NULL DEFAULT 0,
    version         integer        NOT NULL DEFAULT 1,
    created_at      timestamptz    NOT NULL,
    updated_at      timestamptz    NOT NULL,
    CONSTRAINT campaigns_name_key UNIQUE (name),
    CONSTRAINT campaigns_window CHECK (ends_at > starts_at),
    CONSTRAINT campaigns_budget_kind_known CHECK (budget_kind IN ('SPEND', 'USE')),
    CONSTRAINT campaigns_budget_whole CHECK (
        (budget_kind IS NULL) = (budget_limit IS NULL)
        AND (budget_currency IS NOT NULL) = (budget_kind IS NOT DISTINCT FROM 'SPEND')
    ),
    CONSTRAINT campaigns_within_budget CHECK (budget_used >= 0 AND budget_used <= budget_limit)
);
CREATE INDEX campaigns_created_idx ON campaigns (created_at, id);

-- A discount: on what, under which conditions, for how long and how often. Conditions and effects are one JSON value
-- each, because they are read and written whole. "used" is kept only while there is a limit: an unlimited promotion must
-- not make checkouts wait for each other.
CREATE TABLE promotions (
    id                   uuid        PRIMARY KEY,
    campaign_id          uuid,
    title                text        NOT NULL,
    description          text        NOT NULL DEFAULT '',
    status               text        NOT NULL,
    automatic            boolean     NOT NULL,
    priority             integer     NOT NULL DEFAULT 0,
    exclusive            boolean     NOT NULL DEFAULT false,
    combines_with        text[]      NOT NULL,
    conditions           jsonb       NOT NULL,
    effects              jsonb       NOT NULL,
    starts_at            timestamptz,
    ends_at              timestamptz,
    usage_limit          integer,
    customer_usage_limit integer,
    returned_on_cancel   boolean     NOT NULL DEFAULT true,
    used                 integer     NOT NULL DEFAULT 0,
    version              integer     NOT NULL DEFAULT 1,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT promotions_status_known CHECK (status IN ('DRAFT', 'ACTIVE')),
    CONSTRAINT promotions_window CHECK (ends_at > starts_at),
    CONSTRAINT promotions_within_limit CHECK (used >= 0 AND used <= usage_limit),
    CONSTRAINT promotions_limits_range CHECK (usage_limit > 0 AND customer_usage_limit > 0),
    CONSTRAINT promotions_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id)
);
CREATE INDEX promotions_created_idx ON promotions (created_at, id);
CREATE INDEX promotions_automatic_idx ON promotions (id) WHERE automatic AND status = 'ACTIVE';
CREATE INDEX promotions_campaign_idx ON promotions (campaign_id) WHERE campaign_id IS NOT NULL;

-- What shoppers type. "code_key" is the code in upper case: codes that differ only in case are one code.
CREATE TABLE promotion_codes (
    id           uuid        PRIMARY KEY,
    promotion_id uuid        NOT NULL,
    code         text        NOT NULL,
    code_key     text        NOT NULL,
    usage_limit  integer,
    used         integer     NOT NULL DEFAULT 0,
    revoked_at   timestamptz,
    created_at   timestamptz NOT NULL,
    CONSTRAINT promotion_codes_key UNIQUE (code_key),
    CONSTRAINT promotion_codes_key_upper CHECK (code_key = upper(code_key)),
    CONSTRAINT promotion_codes_limit_range CHECK (usage_limit > 0),
    CONSTRAINT promotion_codes_within_limit CHECK (used >= 0 AND used <= usage_limit),
    CONSTRAINT promotion_codes_promotion_fkey FOREIGN KEY (promotion_id) REFERENCES promotions (id) ON DELETE CASCADE
);
CREATE INDEX promotion_codes_created_idx ON promotion_codes (promotion_id, created_at, id);

-- Who used a promotion for what. A cart uses a promotion once, however often its completion is tried.
CREATE TABLE promotion_usages (
    id           uuid           PRIMARY KEY,
    promotion_id uuid           NOT NULL,
    code_id      uuid,
    campaign_id  uuid,
    cart_id      uuid           NOT NULL,
    order_id     uuid           NOT NULL,
    customer_id  uuid,
    email        text           NOT NULL,
    currency     text           NOT NULL,
    amount       numeric(19, 4) NOT NULL,
    state        text           NOT NULL,
    created_at   timestamptz    NOT NULL,
    updated_at   timestamptz    NOT NULL,
    CONSTRAINT promotion_usages_once_per_cart UNIQUE (promotion_id, cart_id),
    CONSTRAINT promotion_usages_state_known CHECK (state IN ('CONSUMED', 'RETURNED')),
    CONSTRAINT promotion_usages_promotion_fkey FOREIGN KEY (promotion_id) REFERENCES promotions (id),
    CONSTRAINT promotion_usages_code_fkey FOREIGN KEY (code_id) REFERENCES promotion_codes (id),
    CONSTRAINT promotion_usages_campaign_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id)
);
CREATE INDEX promotion_usages_order_idx ON promotion_usages (order_id);
CREATE INDEX promotion_usages_email_idx ON promotion_usages (promotion_id, email);
CREATE INDEX promotion_usages_customer_idx ON promotion_usages (promotion_id, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX promotion_usages_created_idx ON promotion_usages (promotion_id, created_at, id);
CREATE INDEX promotion_usages_code_idx ON promotion_usages (code_id) WHERE code_id IS NOT NULL;
CREATE INDEX promotion_usages_campaign_idx ON promotion_usages (campaign_id) WHERE campaign_id IS NOT NULL;
