-- The functions of a write. They are replaced as a whole whenever this file changes; keyroll_write_rows is made
-- by row_writer.py, from the columns of the read models' tables.

-- A guard is a condition that must hold at the moment of the write, asked under the append lock.
CREATE OR REPLACE FUNCTION keyroll_check(p_organization uuid, p_guards jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    guard jsonb;
    subject uuid;
BEGIN
    FOR guard IN SELECT jsonb_array_elements(p_guards) LOOP
        subject := (guard ->> 'subject')::uuid;
        CASE guard ->> 'name'
            WHEN 'provider_exists' THEN
                PERFORM 1 FROM llm_providers WHERE id = subject AND organization = p_organization;
            WHEN 'provider_active' THEN
                PERFORM 1 FROM llm_providers
                WHERE id = subject AND organization = p_organization AND status = 'active';
            WHEN 'provider_unchanged' THEN
                PERFORM 1 FROM llm_providers
                WHERE id = subject AND organization = p_organization
                    AND version = (guard ->> 'expected')::bigint;
            WHEN 'model_unchanged' THEN
                PERFORM 1 FROM llm_models
                WHERE id = subject AND organization = p_organization
                    AND version = (guard ->> 'expected')::bigint;
            WHEN 'model_not_default' THEN
                PERFORM 1 WHERE NOT EXISTS (SELECT 1 FROM default_models WHERE default_id = subject);
            WHEN 'provider_has_no_other_model' THEN
                PERFORM 1 WHERE (guard ->> 'expected')::bigint = (
                    SELECT count(*) FROM llm_models WHERE provider_id = subject AND NOT deleted
                );
            WHEN 'provider_has_no_default' THEN
                PERFORM 1 WHERE NOT EXISTS (
                    SELECT 1 FROM default_models d JOIN llm_models m ON m.id = d.default_id
                    WHERE m.provider_id = subject
                );
            WHEN 'sync_running' THEN
                PERFORM 1 FROM syncs
                WHERE id = subject AND organization = p_organization AND status = 'running';
            WHEN 'another_admin_exists' THEN
                PERFORM 1 FROM tokens
                WHERE organization = p_organization AND role = 'admin' AND id <> subject;
            WHEN 'no_admin_exists' THEN
                PERFORM 1 WHERE NOT EXISTS (
                    SELECT 1 FROM tokens WHERE organization = p_organization AND role = 'admin'
                );
        END CASE;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'KR001', MESSAGE = guard ->> 'name';
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION keyroll_write_keys(p_sealed jsonb, p_destroyed uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_destroyed <> '{{}}' THEN
        DELETE FROM sealed_keys WHERE key_id = ANY (p_destroyed);
    END IF;
    IF p_sealed IS NOT NULL THEN
        INSERT INTO sealed_keys SELECT * FROM jsonb_populate_record(NULL::sealed_keys, p_sealed);
    END IF;
END $$;

-- The request's claim becomes a fact with its events; a claim that another process took over rolls all back.
CREATE OR REPLACE FUNCTION keyroll_settle_claim(p_organization uuid, p_claim uuid, p_position bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_claim IS NOT NULL THEN
        UPDATE idempotent_requests SET position = p_position
        WHERE organization = p_organization AND claim = p_claim;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'KR001', MESSAGE = 'claim_held';
        END IF;
    END IF;
END $$;

-- A column of an event as it is hashed: adapters/postgres/chain.py says how, and hashes the same bytes.
CREATE OR REPLACE FUNCTION keyroll_hashed(p_column bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(int4send(length(p_column)) || p_column, int4send(-1))
$$;

-- Begin a write: wait for the lock, refuse a deleted organization's, ask the guards, and say where the log ends.
-- Volatile, so each statement sees what was committed before the lock was granted.
CREATE OR REPLACE FUNCTION keyroll_begin_append(
    p_organization uuid, p_guards jsonb, OUT head_position bigint, OUT head_hash bytea
) LANGUAGE plpgsql AS $$
DECLARE
    is_deleted boolean;
BEGIN
    PERFORM pg_advisory_xact_lock({append_lock});
    -- One statement for both, because each statement costs every write more than the look itself.
    SELECT position, hash, EXISTS (
        SELECT FROM organizations WHERE id = p_organization AND deleted_at IS NOT NULL
    ) INTO STRICT head_position, head_hash, is_deleted FROM log_head ORDER BY position DESC LIMIT 1;
    IF is_deleted THEN
        RAISE EXCEPTION USING ERRCODE = 'KR003', MESSAGE = 'organization_deleted';
    END IF;
    IF p_guards IS NOT NULL THEN
        PERFORM keyroll_check(p_organization, p_guards);
    END IF;
END $$;

-- End a write whose events and rows are there: the log's head moves on, keys and claim follow.
CREATE OR REPLACE FUNCTION keyroll_end_append(
    p_organization uuid, p_old_position bigint, p_position bigint, p_hash bytea,
    p_sealed jsonb, p_destroyed uuid[], p_claim uuid
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE log_head SET position = p_position, hash = p_hash WHERE position = p_old_position;
    IF p_sealed IS NOT NULL OR p_destroyed <> '{{}}' THEN
        PERFORM keyroll_write_keys(p_sealed, p_destroyed);
    END IF;
    IF p_claim IS NOT NULL THEN
        PERFORM keyroll_settle_claim(p_organization, p_claim, p_position);
    END IF;
END $$;

-- One write in one round trip: lock, guards, events, rows, keys. Returns the position of its last event.
CREATE OR REPLACE FUNCTION keyroll_append(
    p_organization uuid, p_occurred_at timestamptz, p_actor text, p_request_id text, p_address text,
    p_events json, p_guards jsonb, p_rows jsonb, p_gone jsonb, p_sealed jsonb, p_destroyed uuid[], p_claim uuid
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    head record;
    event record;
    last_position bigint;
    last_hash bytea;
    context bytea := int4send(16) || uuid_send(p_organization) || int4send(8) || timestamptz_send(p_occurred_at)
        || keyroll_hashed(convert_to(p_actor, 'UTF8')) || keyroll_hashed(convert_to(p_request_id, 'UTF8'))
        || keyroll_hashed(convert_to(p_address, 'UTF8'));
BEGIN
    head := keyroll_begin_append(p_organization, p_guards);
    last_position := head.head_position;
    last_hash := head.head_hash;
    FOR event IN
        -- In the array's order: a function's rows are read as it returns them.
        SELECT id, version, topic, convert_to(state, 'UTF8') AS state
        FROM json_to_recordset(p_events) AS (id uuid, version bigint, topic text, state text)
    LOOP
        last_position := last_position + 1;
        last_hash := sha256(
            last_hash
            || int4send(8) || int8send(last_position)
            || int4send(16) || uuid_send(event.id)
            || int4send(8) || int8send(event.version)
            || keyroll_hashed(convert_to(event.topic, 'UTF8'))
            || keyroll_hashed(event.state)
            || context
        );
        INSERT INTO stored_events (
            notification_id, originator_id, originator_version, topic, state,
            organization, occurred_at, actor, request_id, address, hash
        ) VALUES (
            last_position, event.id, event.version, event.topic, event.state,
            p_organization, p_occurred_at, p_actor, p_request_id, p_address, last_hash
        );
    END LOOP;
    PERFORM keyroll_write_rows(p_rows, p_gone);
    PERFORM keyroll_end_append(
        p_organization, head.head_position, last_position, last_hash, p_sealed, p_destroyed, p_claim
    );
    RETURN last_position;
END $$;
