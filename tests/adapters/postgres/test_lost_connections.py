"""Connections die: while a write commits, between two uses, or for good."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.refusals import StoreUnavailable, StreamMoved
from adapters.postgres.store import Decided, Store
from adapters.postgres.write import Guard
from api.commands.core import PROVIDER
from domain.provider import ProviderDeleted
from tests.support.examples import NOON
from tests.support.postgres_proxy import PostgresProxy
from tests.support.tables import end_all_connections, everything
from tests.support.writes import meta, provider, renamed, sealed_key, token


@pytest.fixture
def proxy(conninfo: str) -> Iterator[PostgresProxy]:
    with TemporaryDirectory(prefix="kr") as folder, PostgresProxy(conninfo, Path(folder)) as between:
        yield between


@pytest.fixture(params=[1_000_000, 0], ids=["one statement", "copy"])
def far_store(
    request: pytest.FixtureRequest, proxy: PostgresProxy, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A store behind the proxy, for each of the two ways to write."""
    monkeypatch.setattr("adapters.postgres.recorder.BULK", request.param)
    monkeypatch.setattr("adapters.postgres.datastore.CONNECT_TIMEOUT", 1.0)
    with closing(Store(proxy.conninfo)) as opened:
        yield opened


def test_a_write_whose_reply_is_lost_is_there_once_and_is_a_success(
    far_store: Store, proxy: PostgresProxy, conninfo: str
) -> None:
    far_store.append([provider("Before")], meta(), NOON)
    key, created = sealed_key(), provider("One")
    proxy.lose_the_next_reply_to_a_commit()
    appended = far_store.append([created, token("ci")], meta(), NOON, sealed=key)
    assert proxy.lost == 1, "the reply was lost, or this test shows nothing"
    log = far_store.log.log(0, 100)
    assert [entry.originator_id for entry in log[1:]] == list(appended.rows)
    assert appended.position == log[-1].position
    assert len(everything(conninfo)["sealed_keys"]) == 1


def test_a_guard_that_the_write_itself_made_untrue_does_not_disown_it(
    far_store: Store, proxy: PostgresProxy
) -> None:
    created = provider("One")
    far_store.append([created], meta(), NOON)
    gone = Decided(far_store.load(PROVIDER, created.stream.id), (ProviderDeleted(name="One"),))
    proxy.lose_the_next_reply_to_a_commit()
    guard = Guard("provider_unchanged", created.stream.id, 1)
    appended = far_store.append([gone], meta(), NOON, guards=[guard])
    assert (proxy.lost, appended.position) == (1, far_store.log.log(0, 100)[-1].position)


def test_anothers_write_in_the_same_place_is_no_success(far_store: Store, conninfo: str) -> None:
    created = provider("One")
    far_store.append([created], meta(), NOON)
    mine = renamed(far_store, created.stream.id, "Mine")
    by = meta()
    with closing(Store(conninfo)) as other:
        other.append([mine], by, NOON)
    assert far_store.append([mine], by, NOON).position == 2, "the very same write is the write"
    with pytest.raises(StreamMoved):
        far_store.append([mine], meta(), NOON)


def test_dead_connections_are_replaced_before_anyone_notices(store: Store, conninfo: str) -> None:
    created = provider("One")
    store.append([created], meta(), NOON)
    for number in range(3):
        assert end_all_connections(conninfo) > 0
        store.append([renamed(store, created.stream.id, f"Name {number}")], meta(), NOON)
        assert end_all_connections(conninfo) > 0
        loaded = store.load(PROVIDER, created.stream.id)
        assert loaded.state is not None
        assert loaded.state.name == f"Name {number}"


def test_a_database_that_is_gone_is_said_to_be_so(far_store: Store, proxy: PostgresProxy) -> None:
    proxy.close()
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
        far_store.append([provider("One")], meta(), NOON)
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
        far_store.load(PROVIDER, UUID(int=1))


def test_a_mistake_of_ours_is_not_taken_for_a_lost_connection(store: Store) -> None:
    with pytest.raises(psycopg.errors.NumericValueOutOfRange, match="out of range for type bigint"):
        store.append([provider("One")], meta(), NOON, guards=[Guard("provider_unchanged", uuid4(), 10**30)])
