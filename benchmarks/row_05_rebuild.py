"""Row 5: a read model's table rebuilt from the log."""

import gc
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import Connection, Cursor

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.shapes import shape_of
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, medians_in_turn, ratio, stopwatch
from projections.models import MODELS

_Read: TypeAlias = Callable[[Cursor[Any]], None]

LIMIT: Final = 2.0
_JUDGED: Final = 100_000
"""The number of events that the limit is about; the others show how the cost grows."""

_TABLE: Final = "copied"
_COLUMNS: Final = b"SELECT * FROM copied"
_COPY: Final = b"COPY copied FROM STDIN (FORMAT BINARY)"
_EVENTS: Final = b"SELECT * FROM stored_events ORDER BY notification_id"
_AT_A_TIME: Final = 250
_ROWS: Final = b"SELECT * FROM llm_models"

_FILL: Final = """
    INSERT INTO stored_events (
        originator_id, originator_version, topic, state, notification_id, organization, occurred_at,
        actor, request_id, address, hash
    )
    SELECT stream, version, topic, convert_to(format(state, provider, number, number, number), 'UTF8'),
        number, provider, now(), 'benchmark', 'request-1', '127.0.0.1', sha256(int8send(number))
    FROM (
        SELECT number, md5((number - CASE WHEN number %% 5 = 0 THEN 4 ELSE 0 END)::text)::uuid AS stream,
            CASE WHEN number %% 5 = 0 THEN 2 ELSE 1 END AS version,
            md5((number / 1000)::text)::uuid AS provider, number %% 5 = 0 AS refreshed
        FROM generate_series(1::bigint, %(count)s::bigint) AS number
    ) AS numbered
    JOIN (VALUES
        (false, 'model.discovered.v1', %(discovered)s), (true, 'model.refreshed.v1', %(refreshed)s)
    ) AS said (refreshed, topic, state) USING (refreshed)
"""
_FACTS: Final = (
    '{"kind":"chat","display_name":"Model %s","context_window":200000,'
    '"capabilities":{"vision":true,"tools":true},"released_at":"2025-02-19T00:00:00Z"}'
)
_MODEL: Final = '"provider_id":"%s","model_id":"model-%s","sync_id":"0192f000-0000-7000-8000-000000000003"'
_STATES: Final = {
    "discovered": f'{{{_MODEL},"facts":{_FACTS}}}',
    "refreshed": f'{{{_MODEL},"before":{_FACTS},"after":{_FACTS}}}',
}


def figures(*, quick: bool) -> Iterator[Figure]:
    """Rebuild the models' table, against the least that any rebuild must do.

    The comparator reads the same events with a plain cursor, copies the rows, which lie ready, and makes the
    same indexes. It gathers no statistics, replaces no table, and tells nobody. One event in five is a
    model's second.

    A plain cursor holds all that it has read, which a log of any length forbids. So a second comparator is
    shown, without a limit: it holds a few events at a time, and is cheaper.
    """
    for count, rounds in ((10_000, 1),) if quick else ((10_000, 5), (100_000, 5), (1_000_000, 1)):
        with durable_databases() as databases, psycopg.connect(databases.ours, autocommit=True) as connection:
            fill(connection, count)
            _rebuild(databases.ours)
            ready = connection.execute(_ROWS, binary=True).fetchall()
            assert len(ready) == count - count // 5
            gc.freeze()  # the rows that lie ready are not to be looked through during either
            ours, raw, streamed = medians_in_turn(
                rounds,
                partial(_rebuild, databases.ours),
                partial(_copy, connection, ready, _read_all),
                partial(_copy, connection, ready, _read_a_few_at_a_time),
            )
            gc.unfreeze()
        limit = LIMIT if count == _JUDGED else math.inf
        yield ratio(5, f"rebuild of {count:,} events", ours=ours, raw=raw, limit=limit)
        yield ratio(5, f"rebuild of {count:,}, raw holding few", ours=ours, raw=streamed, limit=math.inf)


def fill(connection: Connection[Any], count: int) -> None:
    """Put events of models into the log, made by PostgreSQL itself."""
    connection.execute(_FILL, {"count": count, **_STATES})
    connection.execute("UPDATE log_head SET position = %s", [count])
    connection.execute("VACUUM ANALYZE stored_events")


def _rebuild(conninfo: str) -> float:
    rebuild = Rebuild(connection_settings(conninfo), MODELS)
    with stopwatch() as taken:
        rebuild.begin()
        rebuild.run()
        rebuild.close()
    return taken.seconds


def _copy(connection: Connection[Any], ready: list[tuple[Any, ...]], read: _Read) -> float:
    shape = shape_of(MODELS, _TABLE)
    connection.execute("DROP TABLE IF EXISTS copied")
    with stopwatch() as taken, connection.cursor(binary=True) as cursor:
        read(cursor)
        connection.execute(shape.table.encode())
        described = cursor.execute(_COLUMNS).description or ()
        with cursor.copy(_COPY) as copy:
            copy.set_types([column.type_code for column in described])
            for row in ready:
                copy.write_row(row)
        connection.execute(shape.indexes.encode())
    return taken.seconds


def _read_all(cursor: Cursor[Any]) -> None:
    cursor.execute(_EVENTS).fetchall()


def _read_a_few_at_a_time(cursor: Cursor[Any]) -> None:
    for _ in cursor.stream(_EVENTS, size=_AT_A_TIME):
        pass
