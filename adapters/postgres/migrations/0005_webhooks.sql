-- Addresses that are told of events.
CREATE TABLE webhooks (
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
    updated_at timestamptz NOT NULL
);
CREATE INDEX webhooks_organization_idx ON webhooks (organization, id);

-- How far each of them has come. A delivery is no event of the business, so this is no read model of the log.
-- The attempts are those of one version of the webhook: whoever changes or resumes it begins anew.
CREATE TABLE webhook_deliveries (
    webhook uuid PRIMARY KEY,
    position bigint NOT NULL,
    version bigint NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    failing_since timestamptz,
    last_error text,
    last_delivered_at timestamptz
);
