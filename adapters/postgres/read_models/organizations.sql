-- The organizations, in the shape that this version of Keyroll builds them in.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    deleted_at timestamptz
);
