"""A provider of thousands of models that Keyroll syncs, for the benchmarks to time."""

import asyncio
from typing import NamedTuple
from uuid import uuid4

from adapters.catalogue.enrich import enrich
from adapters.drivers.driver import ListingDriver
from adapters.drivers.registry import BaseUrls, driver_for
from adapters.outbound.client import Outbound
from adapters.postgres.leases import Leases
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.providers import create_provider
from api.commands.syncs import Syncing
from benchmarks.figure import stopwatch
from benchmarks.listing_server import ANTHROPIC_BASE, OPENAI_BASE
from domain.access import Role
from domain.listing import Listing
from domain.provider_type import ProviderType
from domain.secret import Secret
from domain.sync import SyncCounts


class SyncedVendor:
    """Keyroll's side: each first sync is of a new provider in an organization of its own.

    Args:
        core: the use cases' parts.
        conninfo: the database.
        url: the listing server.
        provider_type: in whose shape it lists.
        size: how many models it lists.
    """

    def __init__(self, core: Core, conninfo: str, url: str, provider_type: ProviderType, size: int) -> None:
        self._core = core
        self._conninfo = conninfo
        self._base_urls = BaseUrls(url + OPENAI_BASE, url + ANTHROPIC_BASE, url)
        self._provider_type = provider_type
        self._size = size
        self.organization = uuid4()
        self._provider = uuid4()
        self.position_before = 0

    def first_sync(self) -> float:
        """The seconds of a provider's first sync."""
        self.organization = uuid4()
        done = create_provider(
            self._core,
            self._caller(),
            name="vendor",
            provider_type=self._provider_type,
            api_key="sk-benchmark",
        )
        self._provider = done.row.id
        self.position_before = done.position or 0
        return self._timed_sync(SyncCounts(created=self._size))

    def next_sync(self) -> float:
        """The seconds of a sync that finds nothing new."""
        return self._timed_sync(SyncCounts(updated=self._size))

    def shorter_sync(self) -> float:
        """The seconds of a sync that misses a tenth of the models."""
        lost = self._size // 10
        return asyncio.run(self._sync(SyncCounts(updated=self._size - lost, stale=lost), lost=lost))

    def _caller(self) -> Caller:
        return Caller(self.organization, "benchmark", Role.ADMIN, "request-1", "127.0.0.1")

    def _timed_sync(self, expected: SyncCounts) -> float:
        return asyncio.run(self._sync(expected))

    async def _sync(self, expected: SyncCounts, *, lost: int = 0) -> float:
        outbound = Outbound(trusted_origins=[self._base_urls.openai, self._base_urls.anthropic])
        syncing = Syncing(
            self._core,
            Leases(self._conninfo),
            lambda provider_type: _Forgetful(driver_for(provider_type, outbound, self._base_urls), lost),
            {},
            enrich,
        )
        try:
            with stopwatch() as taken:
                outcome = await syncing.sync(self._caller(), self._provider)
        finally:
            await outbound.aclose()
        assert outcome.counts == expected, outcome
        return taken.seconds


class _Forgetful(NamedTuple):
    """A vendor's driver that loses the first models of its listing."""

    driver: ListingDriver
    lost: int

    async def list_models(self, key: Secret) -> Listing:
        listing = await self.driver.list_models(key)
        return Listing.model_construct(models=listing.models[self.lost :]) if self.lost else listing
