-- The models, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    provider_id uuid NOT NULL,
    version bigint NOT NULL,
    model_id text NOT NULL,
    source text NOT NULL,
    status text NOT NULL,
    stale boolean NOT NULL,
    deleted boolean NOT NULL,
    last_seen_at timestamptz,
    display_name text,
    facts text NOT NULL,
    edits text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    retires_at timestamptz
);
-- indexes
CREATE UNIQUE INDEX {table}_model_id_idx ON {table} (provider_id, model_id COLLATE "C");
CREATE INDEX {table}_organization_idx ON {table} (organization, model_id COLLATE "C", id);
CREATE INDEX {table}_retires_idx ON {table} (organization, retires_at) WHERE retires_at IS NOT NULL;
