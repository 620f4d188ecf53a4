-- The providers, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    provider_type text NOT NULL,
    base_url text,
    status text NOT NULL,
    key_id uuid,
    key_fingerprint text,
    key_hint text,
    key_set_at timestamptz,
    key_set_by text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
-- indexes
ALTER TABLE {table} ADD CONSTRAINT {table}_name_taken UNIQUE (organization, name_key);
