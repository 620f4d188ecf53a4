"""Row 8: a reader of the feed under 8 writers, whose connection is cut every 2 s, as is the database's."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.postgres.store import Store
from api.commands.bootstrap import organization_of
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure
from benchmarks.processes import keyroll_serving
from tests.support.cores import new_master_keys
from tests.support.feed_load import follow_while_they_write, through_the_recorder
from tests.support.feed_reader import FeedReader

WRITERS = 8
CUT_EVERY = 2.0
TOKEN = "benchmark-token-0123456789-0123456789"
SERVED = "keyroll under measure"


def figures(*, quick: bool) -> Iterator[Figure]:
    """Events that were missed, told twice, or told out of order: none may be."""
    events = 4_000 if quick else 200_000
    with durable_databases() as databases, tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as folder:
        environ = {
            "KEYROLL_DATABASE_URL": make_conninfo(databases.ours, application_name=SERVED),
            "KEYROLL_DATA_DIR": str(Path(folder)),
            "KEYROLL_MASTER_KEYS": new_master_keys(),
            "KEYROLL_BOOTSTRAP_TOKEN": TOKEN,
            "KEYROLL_SYNC_INTERVAL_HOURS": "0",
        }
        store = Store(databases.ours)
        started = time.perf_counter()
        with keyroll_serving(environ) as server:
            told = follow_while_they_write(
                FeedReader(f"http://127.0.0.1:{server.port}", TOKEN, cut_every=CUT_EVERY),
                through_the_recorder(store, organization_of("default")),
                events=events,
                writers=WRITERS,
                disturb=lambda: _cut_the_database(databases.ours),
                disturb_every=1.5 * CUT_EVERY,
            )
        seconds = time.perf_counter() - started
        store.close()
    ordered = told.told == sorted(told.told)
    measure = f"tailing reader under {WRITERS} writers: missed or twice"
    ours = f"{len(told.written) / seconds:,.0f} /s"
    wrong = told.missed + told.twice + (not ordered)
    yield Figure(8, measure, ours, f"{told.connections} cuts", wrong, 0)


def _cut_the_database(conninfo: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [SERVED]
        )
