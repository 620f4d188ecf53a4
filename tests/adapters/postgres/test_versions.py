"""A newer version of a read model is built beside the old one, and takes over."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_progress import Progress
from adapters.postgres.refusals import NewerVersion, StoreUnavailable
from adapters.postgres.store import Aggregate, Decided, Store, Stream
from adapters.postgres.verify import Verification
from domain import access
from domain.access import Role, TokenIssued
from projections.tokens import TOKENS
from tests.support.examples import NOON
from tests.support.newer_version import NEWER_TOKENS, become_newer
from tests.support.replay import differences
from tests.support.tables import execute
from tests.support.writes import meta, provider, token

NEWER_TOKEN = Aggregate(access.evolve, NEWER_TOKENS)


@pytest.fixture
def older(store: Store) -> Store:
    """A store of today's version, with a token."""
    store.append([token("of the older")], meta(), NOON)
    return store


def _newer_token(name: str) -> Decided:
    issued = TokenIssued(name=name, role=Role.ADMIN, verifier=f"verifier of {name}")
    return Decided(Stream(NEWER_TOKEN, uuid4()), (issued,))


def _lengths(conninfo: str) -> dict[str, int]:
    with psycopg.connect(conninfo) as connection:
        return dict(connection.execute("SELECT name, name_length FROM tokens").fetchall())


def test_the_newer_one_has_its_columns_of_the_whole_log_and_writes_them(
    older: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.append([token("a long name of another organization")], meta(uuid4()), NOON)
    become_newer(monkeypatch)
    with closing(Store(conninfo)) as newer:
        newer.append([_newer_token("new")], meta(), NOON)
        verified = Verification(connection_settings(conninfo), NEWER_TOKENS).run()
    assert (verified.difference, verified.rows) == (None, 3)
    assert _lengths(conninfo) == {"of the older": 12, "a long name of another organization": 35, "new": 3}


def test_the_older_one_goes_on_writing_until_the_newer_one_takes_over(
    older: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_newer(monkeypatch)
    names = iter(f"written meanwhile {number}" for number in range(100))
    written = []

    def write(progress: Progress) -> None:
        if progress.status == "running":
            written.append(next(names))
            older.append([token(written[-1])], meta(), NOON)

    with closing(Rebuild(connection_settings(conninfo), NEWER_TOKENS, write)) as rebuild:
        rebuild.begin()
        rebuild.run()
    assert len(written) >= 3
    assert set(_lengths(conninfo)) == {"of the older", *written}


@pytest.mark.parametrize("bulk", [0, 1_000_000], ids=["copy", "one statement"])
def test_after_that_its_writes_are_refused_and_it_reads_on(
    older: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    with monkeypatch.context() as newer_process:
        become_newer(newer_process)
        Store(conninfo).close()
    monkeypatch.setattr("adapters.postgres.recorder.BULK", bulk)
    before = len(older.log.log(0, 100))
    with pytest.raises(NewerVersion, match=r"A newer Keyroll has taken over .* restart this process"):
        older.append([token("too late")], meta(), NOON)
    assert len(older.log.log(0, 100)) == before
    assert set(_lengths(conninfo)) == {"of the older"}
    names = older.log.run(lambda it: it.execute("SELECT name FROM tokens").fetchall())
    assert names == [("of the older",)]
    older.append([provider("What has not changed is written on")], meta(), NOON)


def test_an_older_process_neither_starts_nor_rebuilds(
    older: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer_process:
        become_newer(newer_process)
        Store(conninfo).close()
    with pytest.raises(NewerVersion, match=r"\(tokens\)"):
        Store(conninfo)
    with pytest.raises(NewerVersion, match=r"\(tokens\)"):
        Rebuild(connection_settings(conninfo), TOKENS).begin()
    older.append([provider("One")], meta(), NOON)


def test_an_older_rebuild_that_is_overtaken_does_not_put_its_table_back(older: Store, conninfo: str) -> None:
    def overtake(progress: Progress) -> None:
        if progress.phase == "swapping":
            execute(conninfo, "UPDATE projections SET version = 2 WHERE name = 'tokens'")

    with closing(Rebuild(connection_settings(conninfo), TOKENS, overtake)) as rebuild:
        rebuild.begin()
        with pytest.raises(NewerVersion):
            rebuild.run()
    assert differences(older, conninfo, TOKENS) == []


def test_of_several_that_start_at_once_one_builds(
    older: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.append([provider("One")], meta(), NOON)
    become_newer(monkeypatch)
    begun, build = [], Rebuild._build

    def noted(rebuild: Rebuild[Any]) -> None:
        begun.append(rebuild.progress.run)
        build(rebuild)

    monkeypatch.setattr(Rebuild, "_build", noted)
    with ThreadPoolExecutor(4) as threads:
        for start in [threads.submit(Store, conninfo) for _ in range(4)]:
            start.result().close()
    assert len(begun) == 1
    assert _lengths(conninfo) == {"of the older": 12}


def test_a_start_does_not_wait_for_another_for_ever(conninfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    become_newer(monkeypatch)
    monkeypatch.setattr("adapters.postgres.rebuild_versions.PATIENCE", 0.0)
    with closing(Rebuild(connection_settings(conninfo), NEWER_TOKENS)) as endless:
        endless.begin()
        with pytest.raises(StoreUnavailable, match="tokens is being rebuilt already"):
            Store(conninfo)
