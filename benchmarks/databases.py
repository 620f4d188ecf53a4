"""Where the benchmarks write: a durable PostgreSQL with two equal databases, one for each side."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from adapters.embedded.server import start
from adapters.postgres.store import Store
from tests.support.embedded_postgres import create_database


class Databases(NamedTuple):
    """Connection strings of two databases with Keyroll's tables and indexes, and nothing in them."""

    ours: str
    raw: str


@contextmanager
def durable_databases() -> Iterator[Databases]:
    """The embedded PostgreSQL as Keyroll runs it, every commit flushed to disk, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as folder, start(Path(folder)) as server:
        databases = Databases(create_database(server, "ours"), create_database(server, "raw"))
        for conninfo in databases:
            Store(conninfo).close()
        yield databases
