"""A rebuild and a check take as much memory for a long log as for a short one."""

import subprocess
import sys
from contextlib import closing
from typing import Final
from uuid import uuid4

import pytest

from adapters.postgres.store import Store
from tests.support.examples import NOON
from tests.support.writes import discovered, meta

EVENTS: Final = 30_000
BOUND: Final = 4_000_000
"""Bytes, for some thousand events at a time. All rows of the log at once take several times as much."""

_MEASURE: Final = """
import sys, tracemalloc
from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_replay import Replay, end_of_log
from adapters.postgres.verify import Verification
from projections.models import MODELS
import psycopg

settings = connection_settings(sys.argv[2])

def rebuild():
    run = Rebuild(settings, MODELS)
    run.begin()
    run.run()
    run.close()

def verify():
    assert Verification(settings, MODELS).run().difference is None

def collect():
    with psycopg.connect(**settings) as connection:
        list(Replay(connection, MODELS, upto=end_of_log(connection)).rows())

tracemalloc.start()
{"rebuild": rebuild, "verify": verify, "collect": collect}[sys.argv[1]]()
print(tracemalloc.get_traced_memory()[1])
"""


@pytest.fixture
def long_log(conninfo: str) -> str:
    """A database with many events."""
    with closing(Store(conninfo)) as store:
        for _ in range(3):
            store.append(discovered(uuid4(), EVENTS // 3), meta(), NOON)
    return conninfo


def _peak(what: str, conninfo: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, what, conninfo], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_a_long_log_takes_no_more_memory_and_all_rows_at_once_would(long_log: str) -> None:
    assert _peak("rebuild", long_log) < BOUND
    assert _peak("verify", long_log) < BOUND
    assert _peak("collect", long_log) > 3 * BOUND
