"""Hints from process to process that the log has grown. They may be lost: its end is looked at anyway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from adapters.postgres.datastore import connection_settings
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable

SELDOM: Final = 0.05
"""Seconds between two hints of one process, at least."""

_AGAIN: Final = 1.0

# A transaction with a NOTIFY takes a lock of the whole server while it commits, so no write has one. Losing a
# hint in a crash harms nobody, so it is not waited for on the disk either.
_NOTIFY: Final = b"SELECT set_config('synchronous_commit', 'off', true), pg_notify('keyroll_log', '')"


class Hints:
    """Tells the other processes, and hears them.

    Args:
        conninfo: the database.
        reader: what hints are sent through.
        heard: called for every hint that comes.
    """

    def __init__(self, conninfo: str, reader: Reader, heard: Callable[[], None]) -> None:
        self._settings: dict[str, Any] = connection_settings(conninfo)
        self._reader = reader
        self._heard = heard
        self._news = asyncio.Event()

    def tell(self) -> None:
        """Let the others know soon. Hints that come close together are sent as one."""
        self._news.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Send and hear for the time of a block."""
        tasks = [asyncio.create_task(work()) for work in (self._send_for_ever, self._listen_for_ever)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _send_for_ever(self) -> None:
        """Send what is told."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._reader.rows(_NOTIFY)
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN)
            await asyncio.sleep(SELDOM)

    async def _listen_for_ever(self) -> None:
        """Hear the others, on a connection that is opened again when it is lost."""
        while True:
            try:
                async with await AsyncConnection.connect(**self._settings) as connection:
                    await connection.execute("LISTEN keyroll_log")
                    self._heard()  # for what came while there was no connection
                    async for _ in connection.notifies():
                        self._heard()
            except psycopg.OperationalError:
                await asyncio.sleep(_AGAIN)
