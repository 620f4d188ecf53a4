"""The second half of row 8: rebuilds while eight writers are at work end in identical rows."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import psycopg

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.store import Store
from adapters.postgres.verify import Verification
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure
from benchmarks.row_05_rebuild import fill
from projections.models import MODELS
from tests.support.writes import discovered, meta

WRITERS = 8


def figures(*, quick: bool) -> Iterator[Figure]:
    """Rebuild the models' table while eight writers append, and compare each row with the log's replay."""
    count, rounds = (2_000, 1) if quick else (100_000, 5)
    stop, longest = threading.Event(), [0.0]
    with durable_databases() as databases, closing(Store(databases.ours)) as store:
        with psycopg.connect(databases.ours, autocommit=True) as connection:
            fill(connection, count)
        settings = connection_settings(databases.ours)

        def write() -> None:
            while not stop.is_set():
                started = time.perf_counter()
                store.append(discovered(uuid4(), 1), meta(), datetime.now(UTC))
                longest[0] = max(longest[0], time.perf_counter() - started)
                stop.wait(0.01)

        writers = [threading.Thread(target=write) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        differing = 0
        try:
            for _ in range(rounds):
                with closing(Rebuild(settings, MODELS)) as rebuild:
                    rebuild.begin()
                    rebuild.run()
                differing += Verification(settings, MODELS).run().difference is not None
        finally:
            stop.set()
            for writer in writers:
                writer.join()
    yield Figure(
        8, f"{rounds} rebuilds under {WRITERS} writers: not identical", f"{differing}", "", differing, 0
    )
    print(f"     longest append meanwhile: {1000 * longest[0]:,.0f} ms")
