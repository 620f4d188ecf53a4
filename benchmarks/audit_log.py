"""A long log, made in SQL: several organizations, some people who do most, and syncs that write much."""

from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from adapters.postgres.mapper import encode
from projections.audit import action_of, subject_type_of
from tests.support.examples import EXAMPLES

_OFTEN: Final = {
    "model.refreshed.v1": 500,
    "model.discovered.v1": 250,
    "model.marked_stale.v1": 60,
    "model.reappeared.v1": 50,
    "sync.started.v1": 40,
    "sync.completed.v1": 35,
    "model.edited.v1": 20,
}
"""How often a topic comes, of about a thousand events; the others once."""

_TOPICS: Final = b"""
    CREATE TEMP TABLE topics (
        place int, topic text, action text, subject_type text, state bytea
    )
"""
_STREAMS: Final = 50
"""Events of an object, on average."""

# Who has a low number is met often. An hour has about 114 of a million events, all within a year. The hash
# is no chain here: nobody asks for it.
_EVENTS: Final = b"""
    INSERT INTO stored_events
        (originator_id, originator_version, topic, state, notification_id, organization, occurred_at, actor,
        request_id, address, hash)
    SELECT
        md5(t.subject_type || floor(r.subject * %(size)s / %(streams)s))::uuid,
        n, t.topic, t.state, n,
        CASE WHEN r.organization < 0.8 THEN %(organization)s::uuid
            ELSE md5('organization ' || floor(r.organization * 20))::uuid END,
        now() - interval '1 year' * (1 - n::float8 / %(size)s),
        'person ' || floor(power(r.actor, 3) * 40),
        'request ' || n / 12,
        '10.0.0.' || floor(power(r.address, 2) * 200),
        sha256(int8send(n))
    FROM generate_series(1, %(size)s) n,
        LATERAL (
            SELECT random() AS organization, random() AS actor, random() AS subject, random() AS address,
                floor(random() * %(topics)s) AS place WHERE n IS NOT NULL
        ) r
        JOIN topics t ON t.place = r.place
"""
_HEAD: Final = b"UPDATE log_head SET position = %s"
_DRAWN: Final = b"""
    SELECT e.actor, t.action, e.originator_id::text, t.subject_type, e.request_id, e.address,
        to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.notification_id
    FROM stored_events e JOIN (SELECT DISTINCT topic, action, subject_type FROM topics) t USING (topic)
    WHERE e.organization = %s ORDER BY md5(e.notification_id::text) LIMIT 500
"""


def fill_audit_log(connection: Connection[Any], size: int, organization: UUID) -> list[tuple[Any, ...]]:
    """Write so many events, four of five of them one organization's, and draw some of those.

    Returns:
        Rows of: actor, action, subject, subject type, request id, address, instant, position.
    """
    connection.execute(_TOPICS)
    places = 0
    with connection.cursor() as cursor, cursor.copy("COPY topics FROM STDIN") as copy:
        for example in EXAMPLES:
            action = action_of(example)
            for _ in range(_OFTEN.get(example.topic, 1)):
                copy.write_row((places, example.topic, action, subject_type_of(action), encode(example)))
                places += 1
    parameters = {"size": size, "streams": _STREAMS, "organization": organization, "topics": places}
    connection.execute(_EVENTS, parameters)
    connection.execute(_HEAD, [size])
    connection.execute(b"VACUUM ANALYZE stored_events")
    return connection.execute(_DRAWN, [organization]).fetchall()
