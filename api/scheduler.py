"""The schedule at work: a task of the serving process that syncs what is due."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.queries.providers import find_provider
from adapters.postgres.queries.schedule import candidates
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from api.commands.caller import SCHEDULE, Caller
from api.commands.syncs import Syncing
from api.ids import uuid7
from api.timetable import Timetable
from domain.access import Role
from domain.schedule import GRACE, next_sync_at

AT_ONCE: Final = 8
"""Runs of the schedule under way at once in one process. They mostly wait for their vendors."""

POLL: Final = timedelta(seconds=5)
"""How long a process goes without a look at the database, where other processes' doings show."""

log = logging.getLogger("keyroll")


class Due(NamedTuple):
    """A provider to be synced.

    Attributes:
        provider_id: the provider.
        organization: whose it is.
        at: since when it is due, or from when on.
        new: it was never synced as it is now, so that people may be waiting for its models.
    """

    provider_id: UUID
    organization: UUID
    at: datetime
    new: bool


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Syncs the providers that are due, one of them once among all processes.

    What is due stands in the database alone. The task keeps no memory of it beyond one look, and asks again
    under the provider's lease before each run, so that processes may come, go and be killed.
    """

    syncing: Syncing
    reader: Reader
    timetable: Timetable
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _due: asyncio.Queue[Due] = field(default_factory=asyncio.Queue)
    _at_work: set[UUID] = field(default_factory=set)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Sync what is due for the time of a block; what is under way at its end is abandoned."""
        if not self.timetable.is_on:
            yield
            return
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """Look again soon: a provider was added or changed by this process."""
        self._woken.set()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_for_ever())
            for _ in range(AT_ONCE):
                tasks.create_task(self._sync_for_ever())

    async def _look_for_ever(self) -> None:
        while True:
            self._woken.clear()
            pause = POLL
            try:
                pause = await self._look()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next look may succeed
                log.warning("The schedule cannot be read now: %s", type(error).__name__)
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._woken.wait()
            except TimeoutError:
                continue
            # Nothing that wakes is due sooner, and however many wake, there is one look a second.
            await asyncio.sleep(GRACE.total_seconds())

    async def _look(self) -> timedelta:
        """Line up what is due, and tell how long nothing else will be."""
        now = self.syncing.core.now()
        coming = await self._coming(now + POLL)
        self._forget()
        for due in sorted((due for due in coming if due.at <= now), key=lambda due: (not due.new, due.at)):
            self._due.put_nowait(due)
        return min((due.at - now for due in coming if due.at > now), default=POLL)

    async def _coming(self, before: datetime) -> Sequence[Due]:
        found = await candidates(
            self.reader,
            before=before,
            interval=self.timetable.interval,
            types_with_key=[kind.value for kind in self.timetable.environment_keys],
        )
        coming = []
        for one in found:
            if one.provider_id in self._at_work:
                continue
            at = next_sync_at(one.provider_id, one.past, self.timetable.interval)
            if one.running:
                # Whether its process lives is known to whoever gets the lease.
                at = min(at, one.past.since)
            if at <= before:
                new = one.past.success is None and one.past.failures is None
                coming.append(Due(one.provider_id, one.organization, at, new))
        return coming

    async def _sync_for_ever(self) -> None:
        while True:
            due = await self._due.get()
            self._at_work.add(due.provider_id)
            try:
                await self._sync(due)
            except StoreUnavailable:
                self._forget()  # the next look tells what is due then; until it succeeds, nothing is tried
                log.warning("The schedule waits: PostgreSQL does not answer")
            except Exception as error:  # noqa: BLE001  # one provider's trouble is not the others'
                kind = type(error).__name__
                log.warning("The schedule could not sync the provider %s: %s", due.provider_id, kind)
            finally:
                self._at_work.discard(due.provider_id)

    def _forget(self) -> None:
        while not self._due.empty():
            self._due.get_nowait()

    async def _sync(self, due: Due) -> None:
        async def still_due() -> bool:
            found = await find_provider(self.reader, due.organization, due.provider_id)
            at = None if found is None else self.timetable.next_sync_at(found.row, found.ends.past)
            return at is not None and at <= self.syncing.core.now()

        caller = Caller(due.organization, SCHEDULE, Role.ADMIN, str(uuid7()))
        outcome = await self.syncing.sync_when_due(caller, due.provider_id, still_due)
        if outcome is not None:
            log.info("The schedule synced the provider %s: %s", due.provider_id, outcome.code or "success")
