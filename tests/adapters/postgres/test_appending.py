"""Writes from the event loop: together in one transaction, and each with its own end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from adapters.postgres.appending import Appending
from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.refusals import StoreUnavailable, UniquenessBroken
from adapters.postgres.store import Appended, Prepared, Store
from tests.support.examples import NOON
from tests.support.postgres_proxy import PostgresProxy
from tests.support.tables import end_all_connections, everything
from tests.support.writes import meta, provider


def _prepared(store: Store, name: str) -> Prepared:
    return store.prepare([provider(name)], meta(), NOON)


def _append(
    store: Store, conninfo: str, work: Callable[[Appending], Awaitable[list[Appended | BaseException]]]
) -> list[Appended | BaseException]:
    async def begin() -> list[Appended | BaseException]:
        async with aclosing(OwnConnection(conninfo)) as connection:
            return await work(Appending(store, connection))

    return asyncio.run(begin())


def _together(store: Store, *names: str) -> Callable[[Appending], Awaitable[list[Appended | BaseException]]]:
    async def put(appending: Appending) -> list[Appended | BaseException]:
        puts = [appending.put(_prepared(store, name)) for name in names]
        return await asyncio.gather(*puts, return_exceptions=True)

    return put


def test_writes_that_come_at_once_are_all_there_each_with_its_position_and_row(
    store: Store, conninfo: str
) -> None:
    names = [f"P{number}" for number in range(40)]
    done = _append(store, conninfo, _together(store, *names))
    positions = [one.position for one in done if isinstance(one, Appended)]
    assert len(set(positions)) == 40
    assert [row.name for one in done if isinstance(one, Appended) for row in one.rows.values()] == names
    assert len(store.log.log(0, 100)) == 40
    assert len(everything(conninfo)["llm_providers"]) == 40


def test_one_that_is_refused_holds_back_no_other(store: Store, conninfo: str) -> None:
    done = _append(store, conninfo, _together(store, "A", "B", "a", "C"))
    assert [isinstance(one, Appended) for one in done] == [True, True, False, True]
    assert isinstance(done[2], UniquenessBroken)
    assert len(everything(conninfo)["llm_providers"]) == 3


def test_a_connection_that_died_is_replaced(store: Store, conninfo: str) -> None:
    async def work(appending: Appending) -> list[Appended | BaseException]:
        first = await appending.put(_prepared(store, "A"))
        end_all_connections(conninfo)
        return [first, *[await appending.put(_prepared(store, name)) for name in ("B", "C")]]

    assert all(isinstance(one, Appended) for one in _append(store, conninfo, work))
    assert len(everything(conninfo)["llm_providers"]) == 3


def test_a_lost_reply_is_a_success_with_its_own_position(store: Store, conninfo: str) -> None:
    with TemporaryDirectory(prefix="kr") as folder, PostgresProxy(conninfo, Path(folder)) as proxy:

        async def work(appending: Appending) -> list[Appended | BaseException]:
            first = await appending.put(_prepared(store, "A"))
            proxy.lose_the_next_reply_to_a_commit()
            return [first, await appending.put(_prepared(store, "B"))]

        done = _append(store, proxy.conninfo, work)
    positions = [one.position for one in done if isinstance(one, Appended)]
    assert positions == [entry.position for entry in store.log.log(0, 10)]
    assert len(positions) == 2


def test_a_database_that_is_gone_is_told_to_each(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> list[tuple[object, ...]]:
        raise psycopg.OperationalError("gone")

    def unavailable(_prepared: Prepared) -> Appended:
        raise StoreUnavailable("PostgreSQL does not answer.")

    monkeypatch.setattr(OwnConnection, "rows", broken)
    monkeypatch.setattr(store, "put", unavailable)
    done = _append(store, conninfo, _together(store, "A", "B"))
    assert all(isinstance(one, StoreUnavailable) for one in done)
