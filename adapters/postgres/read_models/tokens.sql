-- The tokens, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    role text NOT NULL,
    verifier text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL
);
-- indexes
ALTER TABLE {table} ADD UNIQUE (verifier);
ALTER TABLE {table} ADD CONSTRAINT {table}_name_taken UNIQUE (organization, name_key);
