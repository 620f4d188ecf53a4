"""The sender: what happens goes out to webhooks, to each in order and at least once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from adapters.postgres.queries.webhooks import WebhookFound, active_webhooks
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.standing_lease import StandingLease
from adapters.postgres.tail import Tail
from api.delivery import Messenger
from api.delivery_course import Course
from domain.redelivery import RETRIES

SENDING: Final = UUID("6b657972-6f6c-4c22-8e64-656c69766572")
"""The lease of the one process that sends."""

LOOK: Final = 1.0
"""Seconds between two looks at which webhooks there are, and whether this process is the one to send."""

log = logging.getLogger("keyroll")


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Sends to all active webhooks, in one process among all: whoever holds the lease.

    A look, which begins and ends the courses of all, is one question to the database, however many there are.
    How far a webhook has come is written down after each delivery, and nowhere else. A process that dies in
    between has its last message sent again, under the same id, by the next one. A webhook that fails waits
    alone: each is served by a task of its own.
    """

    reader: Reader
    tail: Tail
    messenger: Messenger
    lease: StandingLease
    retries: Sequence[timedelta] = RETRIES
    look_every: float = LOOK
    _tasks: dict[tuple[UUID, int], asyncio.Task[None]] = field(default_factory=dict)
    """The courses under way, by the webhook and its version."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Send for the time of a block."""
        task = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            await _end([task])
            await _end(list(self._tasks.values()))

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self._look()
            except StoreUnavailable:
                log.warning("webhooks wait: PostgreSQL does not answer")
            except Exception:
                log.exception("webhooks wait, and are looked at again")
            await asyncio.sleep(self.look_every)

    async def _look(self) -> None:
        """Have each active webhook served as it is today, if it is this process that sends; else none."""
        found = await active_webhooks(self.reader) if await self.lease.is_held() else []
        wanted = {(one.row.id, one.row.version): one for one in found}
        over = [which for which, task in self._tasks.items() if task.done() or which not in wanted]
        await _end([self._tasks.pop(which) for which in over])
        for which in wanted.keys() - self._tasks.keys():
            self._tasks[which] = asyncio.create_task(self._serve(wanted[which]))

    async def _serve(self, found: WebhookFound) -> None:
        await Course(self.reader, self.tail, self.messenger, self.retries).run(found)


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        # To await the tasks themselves would take an end of whoever ends them for theirs.
        await asyncio.wait(tasks)
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, StoreUnavailable):
            log.error("a webhook's deliveries ended; they begin again", exc_info=error)
