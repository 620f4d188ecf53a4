import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from tests.support.postgres_proxy import PostgresProxy
from tests.support.tables import end_all_connections, execute

_KEPT: Final = "INSERT INTO listings (digest, body, models) VALUES (%s, '', 0)"


@pytest.fixture
def proxy(conninfo: str) -> Iterator[PostgresProxy]:
    with TemporaryDirectory(prefix="kr") as folder, PostgresProxy(conninfo, Path(folder)) as between:
        yield between


def test_rows_are_read_with_parameters_by_place_and_by_name(conninfo: str) -> None:
    async def read() -> list[object]:
        async with Reader(conninfo) as reader:
            return [
                await reader.rows("SELECT 1 WHERE false"),
                await reader.rows("SELECT %s::int, 'a'", [7]),
                await reader.rows("SELECT n FROM generate_series(1, %(last)s) n", {"last": 3}),
            ]

    assert asyncio.run(read()) == [[], [(7, "a")], [(1,), (2,), (3,)]]


def test_instants_are_read_in_utc(conninfo: str) -> None:
    async def read() -> timedelta | None:
        async with Reader(conninfo) as reader:
            ((now,),) = await reader.rows("SELECT now()")
            offset: timedelta | None = now.utcoffset()
            return offset

    assert asyncio.run(read()) == timedelta(0)


def test_dead_connections_are_replaced_before_anyone_notices(conninfo: str) -> None:
    async def read() -> None:
        async with Reader(conninfo) as reader:
            for _ in range(3):
                assert await reader.rows("SELECT 1") == [(1,)]
                ended = await asyncio.to_thread(end_all_connections, conninfo)
                assert ended > 0
            assert await reader.rows("SELECT 2") == [(2,)]

    asyncio.run(read())


def test_a_database_that_is_gone_is_said_to_be_so(
    proxy: PostgresProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.reader.CONNECT_TIMEOUT", 0.5)

    async def read() -> None:
        async with Reader(proxy.conninfo) as reader:
            assert await reader.rows("SELECT 1") == [(1,)]
            proxy.close()
            for _ in range(2):
                with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
                    await reader.rows("SELECT 1")

    asyncio.run(read())


def test_a_connection_that_dies_twice_in_a_row_is_given_up(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dying(*_: object) -> list[tuple[object, ...]]:
        raise psycopg.OperationalError("the connection is lost")

    async def read() -> None:
        async with Reader(conninfo) as reader:
            monkeypatch.setattr(reader, "_rows", dying)
            with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
                await reader.rows("SELECT 1")

    asyncio.run(read())


def test_a_wrong_question_is_not_taken_for_a_lost_connection(conninfo: str) -> None:
    async def read() -> None:
        async with Reader(conninfo) as reader:
            with pytest.raises(psycopg.errors.UndefinedTable):
                await reader.rows("SELECT * FROM nowhere")

    asyncio.run(read())


def test_a_snapshot_sees_nothing_of_what_comes_later_and_writes_nothing(conninfo: str) -> None:
    async def read() -> None:
        async with Reader(conninfo) as reader:
            for _ in range(3):
                async with reader.snapshot() as connection:
                    before = await (await connection.execute("SELECT count(*) FROM listings")).fetchall()
                    await asyncio.to_thread(execute, conninfo, _KEPT, str(uuid4()))
                    after = await (await connection.execute("SELECT count(*) FROM listings")).fetchall()
                    assert before == after
                assert await reader.rows("SELECT count(*) FROM listings") != after
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                async with reader.snapshot() as connection:
                    await connection.execute("DELETE FROM listings")
            assert await reader.rows("SELECT 1") == [(1,)]

    asyncio.run(read())


def test_a_snapshot_begins_on_a_live_connection_and_says_when_it_is_lost(conninfo: str) -> None:
    async def lose(reader: Reader) -> None:
        async with reader.snapshot() as connection:
            await asyncio.to_thread(end_all_connections, conninfo)
            await connection.execute("SELECT 1")

    async def read() -> None:
        async with Reader(conninfo) as reader:
            async with reader.snapshot() as connection:
                await connection.execute("SELECT 1")
            await asyncio.to_thread(end_all_connections, conninfo)
            with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
                await lose(reader)
            assert await reader.rows("SELECT 1") == [(1,)]

    asyncio.run(read())


def test_no_snapshot_is_had_of_a_database_that_is_gone(
    proxy: PostgresProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.reader.CONNECT_TIMEOUT", 0.5)

    async def read() -> None:
        async with Reader(proxy.conninfo) as reader:
            proxy.close()
            for _ in range(2):
                with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
                    async with reader.snapshot():
                        raise AssertionError("there is none")

    asyncio.run(read())


def test_whoever_comes_when_enough_long_snapshots_are_open_waits_for_one(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.reader.LONG", 1)

    async def take(reader: Reader, begun: asyncio.Event) -> None:
        async with reader.long_snapshot():
            begun.set()

    async def read() -> None:
        async with Reader(conninfo) as reader:
            begun = asyncio.Event()
            async with reader.long_snapshot():
                waiting = asyncio.create_task(take(reader, begun))
                assert await reader.rows("SELECT 1") == [(1,)]
                assert not begun.is_set()
            await waiting
            assert begun.is_set()

    asyncio.run(read())
