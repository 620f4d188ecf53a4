"""The connections that answers are read with: psycopg's asynchronous pool."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Final, Protocol, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.postgres.datastore import CONNECT_TIMEOUT, connection_settings
from adapters.postgres.refusals import StoreUnavailable

POOL_SIZE: Final = 2
MAX_POOL_SIZE: Final = 16
LONG: Final = 4
"""Connections that work which takes long may hold at once."""


_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Rows(Protocol):
    """Where queries are asked: of the database as it is, or as it was."""

    async def rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StoreUnavailable: PostgreSQL does not answer."""


class Reader:
    """Reads rows. Open it inside the event loop that uses it, as an asynchronous context manager."""

    def __init__(self, conninfo: str) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            kwargs=connection_settings(conninfo),
            min_size=POOL_SIZE,
            max_size=MAX_POOL_SIZE,
            timeout=CONNECT_TIMEOUT,
            open=False,
        )
        self._long = asyncio.Semaphore(LONG)

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._pool.close()

    async def rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of a query. A connection that turns out to be dead is replaced, and asked once more.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        try:
            return await self._rows(query, parameters)
        except PoolTimeout as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error
        except psycopg.OperationalError:
            await self._pool.check()
        try:
            return await self._rows(query, parameters)
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection inside of one read-only transaction, whose queries all see the same database.

        Raises:
            StoreUnavailable: PostgreSQL does not answer, now or in the midst of it.
        """
        try:
            connection = await self._begun()
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error
        try:
            yield connection
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error
        finally:
            # Whoever asked may have been cancelled; the connection goes back in any case.
            await asyncio.shield(asyncio.create_task(self._end(connection)))

    @asynccontextmanager
    async def long_snapshot(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A snapshot for work that takes long; who comes when LONG of them are at work waits.

        Raises as :meth:`snapshot` does.
        """
        async with self._long, self.snapshot() as connection:
            yield connection

    async def _begun(self) -> AsyncConnection[Any]:
        """A connection in a new transaction; a dead one is replaced, for nothing was asked yet."""
        try:
            return await self._begin()
        except psycopg.OperationalError as error:
            if isinstance(error, PoolTimeout):
                raise
        await self._pool.check()
        return await self._begin()

    async def _begin(self) -> AsyncConnection[Any]:
        connection = await self._pool.getconn()
        try:
            await connection.execute(_BEGIN)
        except BaseException:
            await self._pool.putconn(connection)
            raise
        return connection

    async def _end(self, connection: AsyncConnection[Any]) -> None:
        with suppress(psycopg.OperationalError):
            await connection.rollback()
        await self._pool.putconn(connection)

    async def _rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()
