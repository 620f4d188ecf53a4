-- The functions of a write. They are replaced as a whole whenever this file or a read model's columns change.
-- keyroll_write_rows holds one block for each read model, written from the read models' columns.

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

CREATE OR REPLACE FUNCTION keyroll_write_rows(p_rows jsonb, p_gone jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
{write_rows}
    IF p_gone IS NOT NULL THEN
{remove_rows}
    END IF;
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

-- One write in one round trip: lock, guards, events, rows, keys. Returns the position of its last event.
-- Volatile, so each statement sees what was committed before the lock was granted.
CREATE OR REPLACE FUNCTION keyroll_append(
    p_organization uuid, p_occurred_at timestamptz, p_actor text, p_request_id text, p_address text,
    p_events json, p_guards jsonb, p_rows jsonb, p_gone jsonb, p_sealed jsonb, p_destroyed uuid[], p_claim uuid
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last_position bigint;
BEGIN
    PERFORM pg_advisory_xact_lock({append_lock});
    IF p_guards IS NOT NULL THEN
        PERFORM keyroll_check(p_organization, p_guards);
    END IF;
    INSERT INTO stored_events (
        originator_id, originator_version, topic, state, organization, occurred_at, actor, request_id, address
    )
    SELECT id, version, topic, convert_to(state, 'UTF8'),
        p_organization, p_occurred_at, p_actor, p_request_id, p_address
    FROM ROWS FROM (json_to_recordset(p_events) AS (id uuid, version bigint, topic text, state text))
        WITH ORDINALITY AS e (id, version, topic, state, place)
    ORDER BY place;
    last_position := currval('stored_events_notification_id_seq');
    PERFORM keyroll_write_rows(p_rows, p_gone);
    IF p_sealed IS NOT NULL OR p_destroyed <> '{{}}' THEN
        PERFORM keyroll_write_keys(p_sealed, p_destroyed);
    END IF;
    IF p_claim IS NOT NULL THEN
        PERFORM keyroll_settle_claim(p_organization, p_claim, last_position);
    END IF;
    RETURN last_position;
END $$;
