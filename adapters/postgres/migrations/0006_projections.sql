-- The version that each read model's table was built in; who has none yet is at 1, the version of its migration.
CREATE TABLE projections (
    name text PRIMARY KEY,
    version integer NOT NULL,
    built_at timestamptz
);

-- The last rebuild of each read model, for whoever wants to see how it goes.
CREATE TABLE projection_runs (
    name text PRIMARY KEY,
    run uuid NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    phase text NOT NULL,
    events_done bigint NOT NULL,
    events_total bigint NOT NULL,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    failure text
);

-- Says no to a process that writes the rows of an older version. Each read model's table asks it by a trigger.
CREATE FUNCTION keyroll_refuse_older_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KR002',
        MESSAGE = format('%s is at a version that this process does not write', TG_TABLE_NAME);
END $$;
