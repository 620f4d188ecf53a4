"""Row 7: how long others wait with their writes while a large sync writes its own."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from uuid import uuid4

from api.collector import calm_collector
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.providers import ProviderChange, change_provider, create_provider
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, milliseconds
from benchmarks.listing_server import listing_server
from benchmarks.synced_vendor import SyncedVendor
from domain.access import Role
from domain.provider_type import ProviderType
from tests.support.cores import core_over

LIMIT = 150.0


def figures(*, quick: bool) -> Iterator[Figure]:
    """Sync 10,000 models while another organization renames a provider, one append after the other.

    The figure is the longest of these appends, from the call to its end, in milliseconds: the median of
    several syncs. The second one is of a write that cannot be cut: a tenth of the models go stale at once.
    """
    size, rounds = (300, 3) if quick else (10_000, 9)
    calm_collector()
    with listing_server(size) as url, durable_databases() as databases, core_over(databases.ours) as core:
        vendor = SyncedVendor(core, databases.ours, url, ProviderType.ANTHROPIC, size)
        others = _Others(core)
        longest = [
            (others.longest(vendor.first_sync), others.longest(vendor.shorter_sync)) for _ in range(rounds)
        ]
    for what, waits in zip(
        ("first sync", "sync that loses a tenth"), zip(*longest, strict=True), strict=True
    ):
        wait = statistics.median(waits)
        measure = f"longest append, {what}, {size:,} models"
        yield Figure(7, measure, milliseconds(wait), "", wait * 1000, LIMIT)


class _Others:
    """Another organization, which has a provider that it renames again and again."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._caller = Caller(uuid4(), "benchmark", Role.ADMIN, "request-2", "127.0.0.1")
        made = create_provider(core, self._caller, name="0", provider_type=ProviderType.OPENAI)
        self._provider = made.row.id
        self._names = count(1)

    def longest(self, work: Callable[[], object]) -> float:
        """The seconds of the longest append while the work is under way."""
        over, taken = threading.Event(), [0.0]

        def write() -> None:
            while not over.is_set():
                started = time.perf_counter()
                change = ProviderChange(name=str(next(self._names)))
                change_provider(self._core, self._caller, self._provider, change)
                taken.append(time.perf_counter() - started)

        writing = threading.Thread(target=write)
        writing.start()
        try:
            work()
        finally:
            over.set()
            writing.join()
        return max(taken)
