"""One at a time among all processes: a lock that its holder's death lets go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from adapters.postgres.datastore import connection_settings
from adapters.postgres.refusals import StoreUnavailable


class Leases:
    """Leases on anything that has an id.

    A lease is a session-level advisory lock on a connection of its own. PostgreSQL lets it go when the
    connection ends, in whatever way the process did, so no lease outlives its holder.
    """

    def __init__(self, conninfo: str) -> None:
        self._settings: dict[str, Any] = connection_settings(conninfo)

    @asynccontextmanager
    async def lease(self, subject: UUID) -> AsyncIterator[bool]:
        """Hold the lease for the time of a block; False if another holds it.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        try:
            connection = await AsyncConnection.connect(**self._settings)
            held = await _try_lock(connection, subject)
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL does not answer.") from error
        async with connection:
            yield held


async def _try_lock(connection: AsyncConnection[Any], subject: UUID) -> bool:
    number = int.from_bytes(subject.bytes[8:], "big", signed=True)
    try:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [number])
        ((held,),) = await cursor.fetchall()
    except BaseException:
        await connection.close()
        raise
    return bool(held)
