CREATE TABLE customer_groups (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customer_groups_name_key UNIQUE (name)
);

CREATE TABLE customer_group_members (
    group_id    uuid NOT NULL,
    customer_id uuid NOT NULL,
    CONSTRAINT customer_group_members_pkey PRIMARY KEY (group_id, customer_id),
    CONSTRAINT customer_group_members_group_fkey FOREIGN KEY (group_id) REFERENCES customer_groups (id) ON DELETE CASCADE,
    CONSTRAINT customer_group_members_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX customer_group_members_customer_idx ON customer_group_members (customer_id);

-- Whoever is exempt pays no tax; the reason is what an auditor asks for, such as the number of a certificate.
ALTER TABLE customers ADD COLUMN tax_exempt boolean NOT NULL DEFAULT false;
ALTER TABLE customers ADD COLUMN tax_exempt_reason text NOT NULL DEFAULT '';
