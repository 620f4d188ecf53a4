"""A lease that is held for as long as its holder lives, and that another process takes over then."""

from typing import Final
from uuid import UUID

import psycopg

from adapters.postgres.own_connection import OwnConnection

_TAKE: Final = b"SELECT pg_try_advisory_lock(%s)"


class StandingLease:
    """A session-level advisory lock on a connection of its own, made sure of again and again.

    PostgreSQL lets it go when the connection ends. A session that holds it gets it again at every asking, so
    one question answers both: may I have it, and do I have it still.
    """

    def __init__(self, connection: OwnConnection, subject: UUID) -> None:
        self._connection = connection
        self._number = int.from_bytes(subject.bytes[8:], "big", signed=True)

    async def is_held(self) -> bool:
        """Whether this process holds it now; takes it if nobody does."""
        try:
            ((held,),) = await self._connection.rows(_TAKE, [self._number])
        except psycopg.OperationalError:
            return False
        return bool(held)
