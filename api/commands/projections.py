"""Rebuild and check read models, beside all else that a serving process does.

The tables are those of all organizations, so any admin may ask: neither changes what anybody sees.
"""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild, RebuildFailed
from adapters.postgres.rebuild_progress import Progress, Standing, standings
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Store
from adapters.postgres.verify import Verification, Verified
from domain.errors import NoSuchProjection
from projections.all import READ_MODELS
from projections.read_model import ReadModel

log = logging.getLogger("keyroll.projections")

NAMES: Final = tuple(read_model.table for read_model in READ_MODELS)
"""The read models, by their tables' names."""

_CHECKS_AT_ONCE: Final = 2


class Stopping(Exception):
    """The process is asked to stop: what it is doing for somebody is broken off."""


def read_model_named(name: str) -> ReadModel[Any]:
    """The read model with this table.

    Raises:
        NoSuchProjection: there is none.
    """
    for read_model in READ_MODELS:
        if read_model.table == name:
            return read_model
    raise NoSuchProjection(NAMES)


def all_standings(store: Store) -> list[Standing]:
    """Every read model, and how its last rebuild goes or went, in whatever process."""
    return store.log.run(lambda connection: standings(connection, NAMES))


def standing_of(store: Store, name: str) -> Standing:
    """One read model. Raises NoSuchProjection."""
    read_model_named(name)
    return store.log.run(lambda connection: standings(connection, [name]))[0]


class Rebuilding:
    """The rebuilds and checks of a serving process; what is under way when it closes is broken off.

    A rebuild outlives the request that asked for it. Broken off, it leaves the live table as it was.
    """

    def __init__(self, conninfo: str) -> None:
        self._settings = connection_settings(conninfo)
        self._under_way: dict[asyncio.Task[None], Rebuild[Any]] = {}
        # Not the threads that writes are made in: these take minutes, and may wait for a table for longer.
        self._builders = ThreadPoolExecutor(len(NAMES), "rebuild")
        self._checkers = ThreadPoolExecutor(_CHECKS_AT_ONCE, "verify")

    async def start(self, name: str) -> Progress:
        """Begin a rebuild, and leave it to itself. Returns how it stands.

        Raises:
            NoSuchProjection: there is no read model of this name.
            RebuildRunning: it is being rebuilt already, here or in another process.
            StoreUnavailable: PostgreSQL does not answer.
        """
        rebuild: Rebuild[Any] = Rebuild(self._settings, read_model_named(name))
        await asyncio.to_thread(rebuild.begin)
        task = asyncio.create_task(self._run(rebuild))
        self._under_way[task] = rebuild
        task.add_done_callback(self._under_way.pop)
        return rebuild.progress

    async def verify(self, name: str, stopping: asyncio.Event) -> Verified:
        """Check a read model against the log, unless the process is asked to stop meanwhile.

        Args:
            name: the read model's.
            stopping: is set when it is asked to.

        Raises:
            NoSuchProjection: there is no read model of this name.
            StoreUnavailable: PostgreSQL does not answer.
            Stopping: it is asked to stop.
        """
        given_up = threading.Event()

        def go_on(_done: int, _total: int) -> None:
            if given_up.is_set():
                raise Stopping

        check: Verification[Any] = Verification(self._settings, read_model_named(name), go_on)
        checking = asyncio.get_running_loop().run_in_executor(self._checkers, check.run)
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((checking, stopped), return_when=asyncio.FIRST_COMPLETED)
            if checking.done():
                return checking.result()
        finally:
            given_up.set()
            stopped.cancel()
        checking.cancel()  # if it has not begun; else nobody is left to hear how it ends
        await asyncio.to_thread(check.stop)
        raise Stopping

    async def aclose(self) -> None:
        """Break off what is under way."""
        for rebuild in self._under_way.values():
            await asyncio.to_thread(rebuild.stop)
        await asyncio.gather(*self._under_way)
        for threads in (self._builders, self._checkers):
            await asyncio.to_thread(threads.shutdown)

    async def _run(self, rebuild: Rebuild[Any]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._builders, rebuild.run)
        except (RebuildFailed, StoreUnavailable) as error:
            log.warning("the rebuild of %s has failed: %s", rebuild.progress.name, error)
        except Exception:
            log.exception("the rebuild of %s has failed", rebuild.progress.name)
        finally:
            await asyncio.to_thread(rebuild.close)
