-- The organizations, in the shape that this version of Keyroll builds them in. Indexes come after the rows.
CREATE TABLE {table} (
    id uuid NOT NULL,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    deleted_at timestamptz
);
-- indexes
ALTER TABLE {table} ADD PRIMARY KEY (id);
