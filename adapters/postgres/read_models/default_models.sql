-- The defaults, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    default_id uuid NOT NULL,
    chosen_at timestamptz NOT NULL,
    chosen_by text NOT NULL
);
-- indexes
ALTER TABLE {table} ADD UNIQUE (organization);
