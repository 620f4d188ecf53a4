"""Row 9: POST a provider with its key through HTTP, one client and sixteen at a time."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, medians_in_turn
from benchmarks.load import requests_per_second
from benchmarks.processes import keyroll_serving, plain_server_serving
from tests.support.cores import new_master_keys

LIMIT = 0.5
TOKEN = "benchmark-token-0123456789-0123456789"


def figures(*, quick: bool) -> Iterator[Figure]:
    """POST providers to ``keyroll serve``, against one INSERT of a provider's row by a bare handler.

    The comparator is the same Litestar on the same uvicorn, with the same driver, pool, table, client and
    JSON, but no token, key, event, log or problem: one handler, one statement.
    """
    seconds, rounds = (0.2, 1) if quick else (2.0, 7)
    with durable_databases() as databases, tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as folder:
        environ = {
            "KEYROLL_DATABASE_URL": databases.ours,
            "KEYROLL_DATA_DIR": str(Path(folder)),
            "KEYROLL_MASTER_KEYS": new_master_keys(),
            "KEYROLL_BOOTSTRAP_TOKEN": TOKEN,
            "KEYROLL_SYNC_INTERVAL_HOURS": "0",  # else it would ask the vendors for the models of thousands
        }
        with keyroll_serving(environ) as ours, plain_server_serving(databases.raw) as raw:
            for connections in (1, 16):

                def rate(port: int, connections: int = connections) -> float:
                    return requests_per_second(port, TOKEN, connections=connections, seconds=seconds)

                posts, inserts = medians_in_turn(rounds, lambda: rate(ours.port), lambda: rate(raw.port))
                yield Figure(
                    9,
                    f"POST a provider through HTTP, {connections} at a time",
                    f"{posts:,.0f} /s",
                    f"{inserts:,.0f} /s",
                    posts / inserts,
                    LIMIT,
                    at_least=True,
                )
