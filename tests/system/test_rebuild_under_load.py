"""A rebuild under load: identical rows, no error for anybody, and a kill at any moment spoils nothing."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_progress import last_runs
from adapters.postgres.refusals import WriteRefused
from adapters.postgres.store import Store
from adapters.postgres.verify import Verification
from domain.errors import RebuildRunning
from projections.models import MODELS
from projections.providers import PROVIDERS
from tests.support.examples import NOON
from tests.support.rebuilding_process import RebuildingProcesses
from tests.support.shapes import shape_in_database
from tests.support.writes import discovered, meta, model, provider, renamed

WRITERS = 8
# The full measure is 50; it takes about a minute.
KILLS = int(os.environ.get("KEYROLL_TEST_KILLS", "12"))
PAUSE = 0.02


@contextmanager
def at_work(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    """Threads that work until the block ends, and fail the test if one of them fails."""
    stop, failures = threading.Event(), []

    def guarded(work: Callable[[threading.Event], None]) -> None:
        try:
            while not stop.is_set():
                work(stop)
        except Exception as error:  # noqa: BLE001  # told below
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def writer(store: Store, made: list[UUID]) -> Callable[[threading.Event], None]:
    """Adds providers and models, and renames what others may be renaming."""
    chance = random.Random(len(made))  # noqa: S311  # not for secrets

    def work(stop: threading.Event) -> None:
        added = provider(f"Provider {uuid4()}")
        store.append([added, model(added.stream.id, "one"), model(added.stream.id, "two")], meta(), NOON)
        made.append(added.stream.id)
        with suppress(WriteRefused):
            store.append([renamed(store, chance.choice(made), f"Renamed {uuid4()}")], meta(), NOON)
        stop.wait(PAUSE)

    return work


def reader(connection: psycopg.Connection[Any]) -> Callable[[threading.Event], None]:
    """Reads by statements that PostgreSQL has prepared, and never finds less than before."""
    known = 0

    def work(_stop: threading.Event) -> None:
        nonlocal known
        query = b"SELECT count(*) FROM llm_providers p LEFT JOIN llm_models m ON m.provider_id = p.id"
        ((count,),) = connection.execute(query, prepare=True).fetchall()
        assert count >= known
        known = count

    return work


def _difference(conninfo: str, read_model: Any) -> object:
    return Verification(connection_settings(conninfo), read_model).run().difference


@pytest.fixture
def store(conninfo: str) -> Iterator[Store]:
    """A store over the test's database."""
    with closing(Store(conninfo)) as opened:
        yield opened


def test_rebuilds_under_load_end_in_identical_rows_and_nobody_meets_an_error(
    store: Store, conninfo: str
) -> None:
    made: list[UUID] = []
    rounds = 0
    with (
        psycopg.connect(conninfo, autocommit=True) as one,
        psycopg.connect(conninfo, autocommit=True) as another,
        at_work(*(writer(store, made) for _ in range(WRITERS)), reader(one), reader(another)),
    ):
        for read_model in (PROVIDERS, MODELS) * 5:
            with closing(Rebuild(connection_settings(conninfo), read_model)) as rebuild:
                rebuild.begin()
                rebuild.run()
            assert _difference(conninfo, read_model) is None
            rounds += 1
    assert (rounds, _difference(conninfo, PROVIDERS), _difference(conninfo, MODELS)) == (10, None, None)
    assert len(made) > WRITERS


def test_a_kill_at_any_moment_leaves_the_live_read_model_intact(store: Store, conninfo: str) -> None:
    store.append(discovered(uuid4(), 3000), meta(), NOON)
    made: list[UUID] = []
    chance = random.Random(4)  # noqa: S311  # not for secrets
    tables = ("llm_models", "llm_providers")
    before = {table: shape_in_database(conninfo, table) for table in tables}
    statuses: list[str] = []
    phases: set[str] = set()
    with (
        RebuildingProcesses(conninfo) as processes,
        at_work(*(writer(store, made) for _ in range(WRITERS))),
    ):
        for number in range(KILLS):
            name, read_model = ("llm_models", MODELS) if number % 5 else ("llm_providers", PROVIDERS)
            begun = processes.begin(name)
            time.sleep(chance.uniform(0.0, 0.6))
            processes.kill(begun)
            with psycopg.connect(conninfo) as connection:
                run = last_runs(connection, [name]).get(name)
            if run is not None:
                statuses.append(run.status)
                phases.add(run.phase)
            assert shape_in_database(conninfo, name) == before[name]
            assert _difference(conninfo, read_model) is None
    for read_model in (MODELS, PROVIDERS):
        _rebuild_once_the_dead_ones_lock_is_gone(conninfo, read_model)
        assert _difference(conninfo, read_model) is None
        assert shape_in_database(conninfo, read_model.table) == before[read_model.table]
    with psycopg.connect(conninfo) as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE '%%\\_next%%'").fetchall()
    assert left == []
    assert "died" in statuses or "running" in statuses, "no kill met a rebuild at work"
    assert "folding" in phases


def _rebuild_once_the_dead_ones_lock_is_gone(conninfo: str, read_model: Any) -> None:
    """PostgreSQL lets a dead client's lock go as soon as it has noticed the death."""
    for _ in range(1000):
        try:
            with closing(Rebuild(connection_settings(conninfo), read_model)) as rebuild:
                rebuild.begin()
                rebuild.run()
        except RebuildRunning:
            time.sleep(0.01)
        else:
            return
    pytest.fail("the lock of a dead process stays")
