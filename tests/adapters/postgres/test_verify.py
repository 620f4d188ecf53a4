"""A check holds a read model's rows against the log, and tells the first difference."""

import threading
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_replay import CHUNK
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Store
from adapters.postgres.verify import Difference, Verification, Verified
from projections.providers import PROVIDERS
from projections.read_model import ReadModel
from tests.support.examples import META, NOON
from tests.support.tables import execute
from tests.support.writes import discovered, meta, provider, renamed

CHECKS = 6
IDS = [UUID(int=number) for number in (10, 20, 30)]


def _verified(conninfo: str, read_model: ReadModel[Any] = PROVIDERS) -> Verified:
    return Verification(connection_settings(conninfo), read_model).run()


def _found(conninfo: str) -> Difference:
    found = _verified(conninfo).difference
    assert found is not None
    return found


@pytest.fixture
def three(store: Store) -> Store:
    """A store with three providers."""
    for number, id_ in enumerate(IDS):
        store.append([provider(f"Provider {number}", id_)], meta(), NOON)
    return store


def test_rows_that_are_what_the_log_says_are_counted(three: Store, conninfo: str) -> None:
    three.append([renamed(three, IDS[0], "Another")], meta(), NOON)
    assert _verified(conninfo) == Verified(events=4, rows=3, difference=None)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("id_", IDS)
def test_a_row_that_differs_is_told_with_its_column(conninfo: str, id_: UUID) -> None:
    execute(conninfo, "UPDATE llm_providers SET status = 'disabled' WHERE id = %s", id_)
    found = _found(conninfo)
    assert found == ("llm_providers", id_, META.organization, "status", "disabled", "active")
    assert str(found) == f"llm_providers {id_}: status is 'disabled', and the log says 'active'"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("id_", IDS)
def test_a_row_that_is_missing_is_told(conninfo: str, id_: UUID) -> None:
    execute(conninfo, "DELETE FROM llm_providers WHERE id = %s", id_)
    found = _found(conninfo)
    assert (found.id, found.column, found.live) == (id_, None, None)
    assert str(found).startswith(f"llm_providers {id_}: the row is missing; the log says ProviderRow(")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("number", [5, 15, 25, 35])
def test_a_row_of_which_the_log_knows_nothing_is_told(conninfo: str, number: int) -> None:
    execute(
        conninfo,
        "INSERT INTO llm_providers SELECT %s, organization, version, 'More', 'more', provider_type, base_url,"
        " status, key_id, key_fingerprint, key_hint, key_set_at, key_set_by, created_at, updated_at"
        " FROM llm_providers LIMIT 1",
        UUID(int=number),
    )
    found = _found(conninfo)
    assert (found.id, found.column, found.replayed) == (UUID(int=number), None, None)
    assert "the log knows no such row: ProviderRow(" in str(found)


@pytest.mark.usefixtures("three")
def test_of_several_the_first_is_told(conninfo: str) -> None:
    execute(conninfo, "UPDATE llm_providers SET name = 'x' WHERE id <> %s", IDS[0])
    assert _found(conninfo).id == IDS[1]


def test_it_tells_how_far_it_is_and_ends_when_told_to(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projections.models import MODELS  # noqa: PLC0415  # only here

    monkeypatch.setattr("adapters.postgres.verify._TELL_EVERY", 0.0)
    store.append(discovered(uuid4(), 2500), meta(), NOON)
    told: list[tuple[int, int]] = []
    settings = connection_settings(conninfo)
    Verification(settings, MODELS, lambda done, total: told.append((done, total))).run()
    assert told == [(done, 2500) for done in range(CHUNK, 2501, CHUNK)]
    assert len(told) > 1

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Verification(settings, MODELS, stop).run()


def test_writers_and_rebuilds_raise_no_alarm(three: Store, conninfo: str) -> None:
    stop = threading.Event()
    settings = connection_settings(conninfo)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            three.append([provider(f"Writer's {number}")], meta(), NOON)
            three.append([renamed(three, IDS[0], f"Name {number}")], meta(), NOON)
            stop.wait(0.01)

    def rebuild() -> None:
        while not stop.is_set():
            with closing(Rebuild(settings, PROVIDERS)) as one:
                one.begin()
                one.run()

    threads = [threading.Thread(target=work) for work in (write, rebuild)]
    for thread in threads:
        thread.start()
    try:
        checked = [_verified(conninfo) for _ in range(CHECKS)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [one.difference for one in checked] == [None] * CHECKS
    assert checked[-1].rows > checked[0].rows >= 3


def test_a_rebuild_does_not_replace_the_table_under_a_check(three: Store, conninfo: str) -> None:
    """A snapshot from before would find the new table empty."""
    seen = _verified(conninfo)
    with psycopg.connect(conninfo) as holding:
        holding.execute("LOCK TABLE llm_providers IN ACCESS SHARE MODE")
        with closing(Rebuild(connection_settings(conninfo), PROVIDERS)) as rebuild:
            rebuild.begin()
            worker = threading.Thread(target=rebuild.run)
            worker.start()
            worker.join(0.5)
            assert holding.execute("SELECT count(*) FROM llm_providers").fetchall() == [(seen.rows,)]
            holding.rollback()
            worker.join()
    assert three is not None
    assert _verified(conninfo) == seen


def test_a_database_that_does_not_answer_is_told() -> None:
    with pytest.raises(StoreUnavailable):
        Verification(connection_settings("host=127.0.0.1 port=1"), PROVIDERS).run()
