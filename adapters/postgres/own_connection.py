"""A connection that one part of the process keeps to itself, and opens again when it is lost."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate

from adapters.postgres.datastore import connection_settings


class OwnConnection:
    """For queries that come one after the other, so often that taking a connection from a pool is dear."""

    def __init__(self, conninfo: str) -> None:
        self._settings: dict[str, Any] = connection_settings(conninfo)
        self._connection: AsyncConnection[Any] | None = None

    async def rows(self, query: QueryNoTemplate, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of a query, which is sent once. Raises psycopg's own errors."""
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(**self._settings)
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()

    async def aclose(self) -> None:
        """Close it."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
