-- The organizations. Each write asks here whether its own was deleted; see keyroll_begin_append.
CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    deleted_at timestamptz
);
