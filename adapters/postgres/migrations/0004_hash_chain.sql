-- Each event bears a hash over the one before it and its own row, as adapters/postgres/chain.py says; positions come
-- from the log's head, one after the other, and no longer from a sequence, which leaves gaps.
ALTER TABLE stored_events ADD COLUMN hash bytea;

-- One row. Its position is its key, so that a reader or writer finds the newest version of the row at once, however
-- many older ones a long snapshot (a dump, a rebuild) keeps alive.
CREATE TABLE log_head (
    position bigint PRIMARY KEY,
    hash bytea NOT NULL,
    -- From this position on every number is taken; what an older Keyroll wrote before may have gaps.
    gapless_from bigint NOT NULL
);

DO $$
DECLARE
    event record;
    last_position bigint := 0;
    last_hash bytea := decode(repeat('00', 32), 'hex');
    whole_from bigint := 1;
BEGIN
    FOR event IN SELECT * FROM stored_events ORDER BY notification_id LOOP
        IF event.notification_id <> last_position + 1 THEN
            whole_from := event.notification_id;
        END IF;
        last_position := event.notification_id;
        last_hash := sha256(
            last_hash
            || int4send(8) || int8send(event.notification_id)
            || int4send(16) || uuid_send(event.originator_id)
            || int4send(8) || int8send(event.originator_version)
            || int4send(length(convert_to(event.topic, 'UTF8'))) || convert_to(event.topic, 'UTF8')
            || int4send(length(event.state)) || event.state
            || int4send(16) || uuid_send(event.organization)
            || int4send(8) || timestamptz_send(event.occurred_at)
            || int4send(length(convert_to(event.actor, 'UTF8'))) || convert_to(event.actor, 'UTF8')
            || int4send(length(convert_to(event.request_id, 'UTF8'))) || convert_to(event.request_id, 'UTF8')
            || coalesce(
                int4send(length(convert_to(event.address, 'UTF8'))) || convert_to(event.address, 'UTF8'),
                int4send(-1)
            )
        );
        UPDATE stored_events SET hash = last_hash WHERE notification_id = last_position;
    END LOOP;
    INSERT INTO log_head VALUES (last_position, last_hash, whole_from);
END $$;

ALTER TABLE stored_events ALTER COLUMN hash SET NOT NULL, ALTER COLUMN notification_id DROP DEFAULT;
DROP SEQUENCE stored_events_notification_id_seq;
