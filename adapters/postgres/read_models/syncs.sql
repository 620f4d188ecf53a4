-- The sync runs, in the shape that this version of Keyroll builds them in. Other indexes come after the rows.
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    provider_id uuid NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    trigger text NOT NULL,
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    created integer NOT NULL,
    updated integer NOT NULL,
    changed integer NOT NULL,
    stale integer NOT NULL,
    listing_digest text,
    code text,
    message text
);
-- indexes
CREATE INDEX {table}_provider_idx ON {table} (provider_id, id);
CREATE INDEX {table}_success_idx ON {table} (provider_id, finished_at) WHERE status = 'success';
CREATE UNIQUE INDEX {table}_running_idx ON {table} (provider_id) WHERE status = 'running';
