-- The webhooks, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
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
    updated_at timestamptz NOT NULL,
    former_key_id uuid,
    former_until timestamptz
);
-- indexes
CREATE INDEX {table}_organization_idx ON {table} (organization, id);
