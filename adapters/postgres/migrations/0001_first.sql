-- The first schema of Keyroll. Later changes come as files of their own, numbered on; none is ever edited.

-- The log. The first five columns are the event store library's own; the others are what audit queries ask for.
CREATE TABLE stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigserial,
    organization uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    request_id text NOT NULL,
    address text,
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);
CREATE INDEX stored_events_organization_idx ON stored_events (organization, notification_id);
CREATE INDEX stored_events_actor_idx ON stored_events (organization, actor, notification_id);
CREATE INDEX stored_events_topic_idx ON stored_events (organization, topic, notification_id);
CREATE INDEX stored_events_subject_idx ON stored_events (organization, originator_id, notification_id);
CREATE INDEX stored_events_request_idx ON stored_events (organization, request_id, notification_id);
CREATE INDEX stored_events_time_idx ON stored_events (organization, occurred_at, notification_id);

-- The read models: one table for each file in projections/, columns in the order of its row.
CREATE TABLE llm_providers (
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
    updated_at timestamptz NOT NULL,
    CONSTRAINT llm_providers_name_taken UNIQUE (organization, name_key)
);

CREATE TABLE llm_models (
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
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX llm_models_model_id_idx ON llm_models (provider_id, model_id COLLATE "C");
CREATE INDEX llm_models_organization_idx ON llm_models (organization, model_id COLLATE "C", id);

CREATE TABLE syncs (
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
CREATE INDEX syncs_provider_idx ON syncs (provider_id, id);
CREATE INDEX syncs_success_idx ON syncs (provider_id, finished_at) WHERE status = 'success';
CREATE UNIQUE INDEX syncs_running_idx ON syncs (provider_id) WHERE status = 'running';

CREATE TABLE default_models (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL UNIQUE,
    version bigint NOT NULL,
    default_id uuid NOT NULL,
    chosen_at timestamptz NOT NULL,
    chosen_by text NOT NULL
);

CREATE TABLE tokens (
    id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    role text NOT NULL,
    verifier text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT tokens_name_taken UNIQUE (organization, name_key)
);

-- Outside the log: what can be destroyed.
CREATE TABLE sealed_keys (
    key_id uuid PRIMARY KEY,
    organization uuid NOT NULL,
    provider_id uuid NOT NULL,
    master_key_id text NOT NULL,
    format smallint NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL
);
CREATE INDEX sealed_keys_master_key_idx ON sealed_keys (master_key_id, key_id);

-- Requests that came with an Idempotency-Key, and what was answered.
CREATE TABLE idempotent_requests (
    organization uuid NOT NULL,
    key text NOT NULL,
    claim uuid NOT NULL,
    request_digest text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    patience interval NOT NULL,
    position bigint,
    status smallint,
    headers text,
    body bytea,
    PRIMARY KEY (organization, key)
);
CREATE INDEX idempotent_requests_age_idx ON idempotent_requests (claimed_at);
