"""The log's end, followed once for all in a process who want to hear of new events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

from adapters.postgres.feed import end_of_log, log_after, log_of
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.tail_window import MOST_EVENTS, Page, Told, Window
from adapters.postgres.write import LogEntry

log = logging.getLogger("keyroll")

POLL: Final = 1.0
"""Seconds without a hint after which the log is looked at all the same: hints may be lost."""

BATCH: Final = 500
_BREATH: Final = 0.005
"""Seconds between two looks while the log grows, so that many small writes are read together."""


class Tail:
    """Follows the log for as long as somebody waits for it; whoever is far behind reads pages instead.

    Nothing is queued for anybody. Each reader brings the position it has come to, so a slow one holds up
    nobody and costs no memory, and none misses or gets twice what it asks for in order.

    Args:
        reader: what the log is read with.
        render: an event as it is told.
    """

    def __init__(self, reader: Reader, render: Callable[[LogEntry], bytes]) -> None:
        self._reader = reader
        self._render = render
        self._window = Window()
        self._hinted = asyncio.Event()
        self._awaited = asyncio.Event()
        self._grown = asyncio.Event()
        self._waiting = 0

    def hint(self) -> None:
        """Look at the log now: it may have grown."""
        self._hinted.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Follow the log for the time of a block."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def after(self, position: int, organization: UUID, *, limit: int, patience: float) -> Page:
        """What the organization has after a position, as soon as there is anything.

        Args:
            position: where the reader is.
            organization: whose events are wanted.
            limit: how many at most.
            patience: seconds to wait; then the page is empty, and its position may be later all the same.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            if position < self._window.floor:
                page = await self._stored(position, organization, limit)
            else:
                page = self._window.after(position, organization, limit)
            if page.events:
                return page
            position = page.position
            if position >= self._window.head:
                try:
                    async with asyncio.timeout_at(deadline):
                        await self._growth()
                except TimeoutError:
                    return page

    async def _growth(self) -> None:
        self._waiting += 1
        self._awaited.set()
        try:
            await self._grown.wait()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._awaited.clear()

    async def _stored(self, position: int, organization: UUID, limit: int) -> Page:
        # All up to the head was committed before this question, so a page that is not full reaches there.
        head = self._window.head
        entries = await log_of(self._reader, organization, position, limit)
        last = entries[-1].position if entries else position
        reached = last if len(entries) == limit else max(last, head)
        return Page([self._told(entry) for entry in entries], reached)

    async def _follow(self) -> None:
        while True:
            await self._awaited.wait()
            # Cleared before the look, so that what is written during it is looked at again.
            self._hinted.clear()
            try:
                grown = await self._look()
            except StoreUnavailable:
                grown = False
            except Exception:
                log.exception("the log cannot be followed, and is looked at again")
                grown = False
            if grown:
                await asyncio.sleep(_BREATH)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._hinted.wait()

    async def _look(self) -> bool:
        """Take over what is new. Returns whether there was anything."""
        entries = await log_after(self._reader, self._window.head, BATCH)
        if not entries:
            return False
        self._window.extend([self._told(entry) for entry in entries])
        if len(entries) == BATCH:
            # After a time in which nobody waited, the window may lie far behind, where nobody reads any more.
            end = await end_of_log(self._reader)
            if end - self._window.head > MOST_EVENTS:
                self._window.jump(end)
        self._grown.set()
        self._grown = asyncio.Event()
        return True

    def _told(self, entry: LogEntry) -> Told:
        return Told(entry.position, entry.meta.organization, entry.topic, self._render(entry))
