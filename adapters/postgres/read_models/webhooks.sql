-- The webhooks, in the shape that this version of Keyroll builds them in. Indexes come after the rows.
CREATE TABLE {table} (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    url text NOT NULL,
    event_types text NOT NULL,
    status text NOT NULL,
    status_since timestamptz NOT NULL,
    reason text,
    signing_key_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL
);
-- indexes
ALTER TABLE {table} ADD PRIMARY KEY (id);
CREATE INDEX {table}_organization_idx ON {table} (organization, id);
