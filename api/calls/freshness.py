"""Keeps the routing view at the end of the log: at once after a write of this process, soon after others'."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.routing import UnknownToThisVersion, routing_events, routing_rows
from api.calls.routing_view import RoutingView

POLL: Final = 0.4
"""Seconds between two looks at the log when no hint comes: hints may be lost."""

OLDEST: Final = 3.0
"""Seconds since the log was last seen to its end, beyond which no call is served."""

PATIENCE: Final = 2.0
"""Seconds for which a call waits for a view that it may use."""

BATCH: Final = 500
BREATH: Final = 0.05
"""Seconds between two looks on hints, so that a busy log is read in large pieces."""

log = logging.getLogger("keyroll.calls")


class ViewTooOld(Exception):
    """The view may be behind what was written, and no call may be routed by it."""


class Freshness:
    """Follows the log for a view.

    Args:
        view: what is kept.
        reader: what the log is read with.
        clock: seconds that only grow.
    """

    def __init__(self, view: RoutingView, reader: Reader, clock: Callable[[], float]) -> None:
        self._view = view
        self._reader = reader
        self._clock = clock
        self._seen_at = -OLDEST
        self._last_write = self._seen_write = object()
        self._hinted = asyncio.Event()
        self._urgent = asyncio.Event()
        self._looked = asyncio.Event()

    def written(self) -> None:
        """This process has appended: no call is routed before that is in the view. Any thread may say so."""
        self._last_write = object()

    def hint(self) -> None:
        """The log may have grown. For the event loop only."""
        self._hinted.set()

    @property
    def is_fresh(self) -> bool:
        """Whether calls may be routed by the view as it is now."""
        return self._seen_write is self._last_write and self._clock() - self._seen_at < OLDEST

    async def wait(self) -> None:
        """Wait until the view may be used.

        Raises:
            ViewTooOld: it may not for as long as a call waits.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while not self.is_fresh:
                    self._hinted.set()
                    self._urgent.set()
                    await self._looked.wait()
        except TimeoutError:
            raise ViewTooOld from None

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Load the view, and keep it fresh for the time of a block.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        await self._load()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _follow(self) -> None:
        while True:
            await _set_within(self._hinted, POLL)
            await _set_within(self._urgent, BREATH)
            self._hinted.clear()
            self._urgent.clear()
            try:
                await self._look()
            except StoreUnavailable:
                await asyncio.sleep(BREATH)
            except Exception:
                log.exception(
                    "What calls are routed by cannot be read: restart this process with a newer version"
                )
                await asyncio.sleep(POLL)
            self._looked.set()
            self._looked = asyncio.Event()

    async def _look(self) -> None:
        """Take over what is new, to the log's end."""
        while True:
            # What is written from here on may be missing, and whoever waits for it waits for the next look.
            asked_at, last_write = self._clock(), self._last_write
            try:
                found = await routing_events(self._reader, self._view.position, BATCH)
                self._view.apply(found.events, found.position)
            except (UnknownToThisVersion, LookupError):
                await self._load()
                return
            if found.at_end:
                self._seen_at, self._seen_write = asked_at, last_write
                return

    async def _load(self) -> None:
        asked_at, last_write = self._clock(), self._last_write
        self._view.load(await routing_rows(self._reader))
        self._seen_at, self._seen_write = asked_at, last_write


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
