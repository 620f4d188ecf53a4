"""Brings what calls came to into the database, every few seconds and at the end."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.usage import UsageRow, add_usage, forget_ended_processes
from api.calls.usage_counts import UsageCounts

INTERVAL: Final = 3.0
"""Seconds between two flushes: what a process that is killed loses at most."""

LAST_FLUSH: Final = 5.0
"""Seconds for the flush at the end."""

log = logging.getLogger("keyroll.usage")


class UsageFlush:
    """Flushes counts. What the database does not take is kept, and sent again.

    Args:
        reader: the connections.
        counts: what is flushed.
        clock: the clock of calls' ends, in seconds.
    """

    def __init__(
        self, reader: Reader, counts: UsageCounts, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._reader = reader
        self._counts = counts
        self._clock = clock
        self._process = uuid4()
        self._batch = 0
        self._sent: tuple[UsageRow, ...] = ()
        self._sent_since: float | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def lag(self) -> float:
        """For how many seconds the oldest call that is in no table has been over; 0: there is none."""
        since = self._counts.since if self._sent_since is None else self._sent_since
        return 0.0 if since is None else self._clock() - since

    @property
    def left_out(self) -> int:
        """Calls that there was no room to count, while the database was away."""
        return self._counts.left_out

    async def flush(self) -> None:
        """Bring all that ended before into the table. Raises StoreUnavailable: it is kept for next time."""
        async with self._one_at_a_time:
            await self._send()  # what an earlier flush could not bring in goes first, as it was
            self._sent_since = self._counts.since
            self._sent = self._counts.take()
            self._batch += 1
            await self._send()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Flush for the time of a block, and once more at its end."""
        task = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await self._flush_last()

    async def _send(self) -> None:
        if self._sent:
            await add_usage(self._reader, self._process, self._batch, self._sent)
        self._sent, self._sent_since = (), None

    async def _go_on(self) -> None:
        ended_forgotten = False
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.flush()
                if not ended_forgotten:
                    await forget_ended_processes(self._reader)
                    ended_forgotten = True
            except StoreUnavailable:
                log.warning("The usage of calls cannot be written now, and is kept")
            except Exception:
                log.exception("The usage of calls cannot be written, and is kept")

    async def _flush_last(self) -> None:
        try:
            async with asyncio.timeout(LAST_FLUSH):
                await self.flush()
        except (StoreUnavailable, TimeoutError):
            log.error("The usage of the last calls could not be written, and is lost")  # noqa: TRY400  # known why
