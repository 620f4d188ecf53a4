"""The connections that answers are read with: psycopg's asynchronous pool."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.postgres.datastore import CONNECT_TIMEOUT, connection_settings
from adapters.postgres.refusals import StoreUnavailable

POOL_SIZE: Final = 2
MAX_POOL_SIZE: Final = 16


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

    async def _rows(
        self, query: QueryNoTemplate, parameters: Sequence[Any] | Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()
