"""Writes from the event loop, without a thread, and all that come at once in one transaction."""

import asyncio
from collections.abc import Sequence

import psycopg

from adapters.postgres.append import append_statement
from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.store import Appended, Prepared, Store
from adapters.postgres.together import Together


class Appending:
    """Appends what needs no loading. To hand such a write to a thread costs more than to make it.

    Writes that come while one is under way share the next transaction, and with it the wait for the lock and
    for the disk. If one of them is refused, or the connection is lost, each is left to the store: there it is
    made by itself, or finds itself in the log, or is refused with its own reason.
    """

    def __init__(self, store: Store, connection: OwnConnection) -> None:
        self._store = store
        self._connection = connection
        self._together: Together[Prepared, Appended] = Together(self._put_all)

    async def put(self, prepared: Prepared) -> Appended:
        """Append what was prepared.

        Raises:
            WriteRefused: see its subclasses. Nothing was written.
            StoreUnavailable: PostgreSQL does not answer.
        """
        return await self._together.answer(prepared)

    async def _put_all(self, writes: Sequence[Prepared]) -> list[Appended | Exception]:
        query, parameters = append_statement([(one.entries, one.write) for one in writes])
        try:
            rows = await self._connection.rows(query, parameters)
        except psycopg.Error:
            return await asyncio.gather(*map(self._put_alone, writes))
        self._store.when_appended()
        return [Appended(position, one.rows) for (position,), one in zip(rows, writes, strict=True)]

    async def _put_alone(self, prepared: Prepared) -> Appended | Exception:
        try:
            return await asyncio.to_thread(self._store.put, prepared)
        except Exception as error:  # noqa: BLE001  # raised for the one whose write it is, and for no other
            return error
