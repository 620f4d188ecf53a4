"""Sync a provider: ask its listing, let the plan decide, append what it says."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias
from uuid import UUID

from adapters.drivers.driver import ListingDriver
from adapters.postgres.ended_runs import ended_run
from adapters.postgres.leases import Leases
from adapters.postgres.model_rows import running_sync, running_syncs
from adapters.vault.errors import VaultError
from api.commands.caller import ANY_TERMS, KEYROLL, Caller, Terms
from api.commands.core import Core
from api.commands.keys import EnvironmentKeys, open_key
from api.commands.providers import load_provider
from api.commands.sync_completion import complete_run
from api.commands.sync_plans import WrittenListing, keep, plan_listing
from api.commands.sync_runs import Run, abandon_run, close_dead_run, fail_run, start_run
from domain.access import Role
from domain.errors import Busy, SyncRunning
from domain.listing import Listing, ListingError, SyncFailure
from domain.provider import Provider
from domain.provider_type import ProviderType, no_credential
from domain.sync import SyncCounts, Trigger
from projections.providers import ProviderRow
from projections.sync_diffs import ModelDiff, model_diffs
from projections.syncs import SyncRow

SyncStatus: TypeAlias = Literal["success", "failed", "not_supported"]

_ROUNDS: Final = 50
_ROUND_SECONDS: Final = 0.02
_JOIN_SECONDS: Final = 150.0
_JOIN_LOOK_SECONDS: Final = (0.1, 1.0)

NOTHING: Final = SyncCounts()

NO_DISCOVERY: Final = (
    "A provider with a base_url of its own is not asked for its models. "
    "Add them by hand: POST /v1/llm-providers/{id}/models."
)
_MOVED: Final = "The provider has got a base_url of its own, so that it is not asked for its models any more."


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """How a sync ended. ``sync_id`` and ``position`` are None where no run was recorded.

    ``rehearsed``: what a run would have done to each model, if it was only tried.
    """

    status: SyncStatus
    counts: SyncCounts = NOTHING
    code: str | None = None
    message: str | None = None
    sync_id: UUID | None = None
    position: int | None = None
    rehearsed: Sequence[ModelDiff] | None = None


Enrich: TypeAlias = Callable[[Listing, ProviderType, date], Listing]
"""Fills in, from what is known on a day, what a listing is silent about."""


def as_listed(listing: Listing, _provider_type: ProviderType, _day: date) -> Listing:
    """The listing as it is, with nothing filled in."""
    return listing


Ended: TypeAlias = Callable[[UUID, SyncOutcome], None]
"""Is told how a run of an organization ended."""


def tell_nobody(_organization: UUID, _outcome: SyncOutcome) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Syncing:
    """What a sync works with besides the core, and who is told how each run ended."""

    core: Core
    leases: Leases
    driver: Callable[[ProviderType], ListingDriver]
    environment_keys: EnvironmentKeys
    enrich: Enrich = as_listed
    ended: Ended = tell_nobody

    async def sync(
        self,
        caller: Caller,
        provider_id: UUID,
        *,
        trigger: Trigger = "manual",
        force: bool = False,
        dry_run: bool = False,
        terms: Terms = ANY_TERMS,
    ) -> SyncOutcome:
        """Bring a provider's models up to its listing. What goes wrong outside is an outcome, not an error.

        If the schedule syncs the provider at this moment, its outcome is awaited and is the answer.

        Raises:
            NotFound: the organization has no such provider.
            SyncRunning: another sync of this provider is under way.
        """
        _, row, state = await asyncio.to_thread(load_provider, self.core, caller, provider_id)
        if not state.discovers:
            advice = NO_DISCOVERY.format(id=provider_id)
            return SyncOutcome("not_supported", code="no_discovery", message=advice)
        if dry_run:
            return await self._rehearse(row, state, force=force)
        for _ in range(_ROUNDS):
            async with self.leases.lease(provider_id) as held:
                if held:
                    run = await asyncio.to_thread(start_run, self.core, caller, provider_id, trigger)
                    return await self._carry_out(caller, run, terms, force=force)
            running = await asyncio.to_thread(running_sync, self.core.store, provider_id)
            if running is None:
                await asyncio.sleep(_ROUND_SECONDS)
            elif force or running.trigger != "schedule":
                raise SyncRunning(running.id)
            elif (outcome := await self._end_of(running)) is not None:
                return outcome
        raise Busy

    async def sync_when_due(
        self, caller: Caller, provider_id: UUID, still_due: Callable[[], Awaitable[bool]]
    ) -> SyncOutcome | None:
        """Do a run of the schedule; None if another process is at it, or has been.

        Args:
            caller: the schedule, in the provider's organization.
            provider_id: the provider.
            still_due: asked when nobody else can begin a run, and the run of a process that died is closed.

        Raises:
            NotFound: the organization has no such provider.
        """
        async with self.leases.lease(provider_id) as held:
            if not held:
                return None
            await asyncio.to_thread(close_dead_run, self.core, caller, provider_id)
            if not await still_due():
                return None
            run = await asyncio.to_thread(start_run, self.core, caller, provider_id, "schedule")
            return await self._carry_out(caller, run, ANY_TERMS, force=False)

    async def close_dead_runs(self) -> None:
        """Close the runs whose processes have died, so that nobody waits for them. For a process's start."""
        for row in await asyncio.to_thread(running_syncs, self.core.store):
            caller = Caller(row.organization, KEYROLL, Role.ADMIN, "start")
            async with self.leases.lease(row.provider_id) as held:
                if held:
                    await asyncio.to_thread(close_dead_run, self.core, caller, row.provider_id)

    async def _end_of(self, running: SyncRow) -> SyncOutcome | None:
        """What a run of the schedule comes to; None if it was cut short, so that its work is still to do.

        Raises:
            SyncRunning: it takes too long.
        """
        deadline = asyncio.get_running_loop().time() + _JOIN_SECONDS
        pause = _JOIN_LOOK_SECONDS[0]
        while asyncio.get_running_loop().time() < deadline:
            async with self.leases.lease(running.provider_id) as held:
                # Asked under the lease, because the run ends before its lease does.
                ended = await asyncio.to_thread(ended_run, self.core.store, running.id)
            if ended is not None:
                return None if ended.row.code == SyncFailure.ABANDONED else _outcome(*ended)
            if held:
                return None
            await asyncio.sleep(pause)
            pause = min(2 * pause, _JOIN_LOOK_SECONDS[1])  # each look is a connection
        raise SyncRunning(running.id)

    async def _rehearse(self, row: ProviderRow, state: Provider, *, force: bool) -> SyncOutcome:
        try:
            listing = await self._listing(row, state)
            compared = await asyncio.to_thread(
                plan_listing,
                self.core,
                WrittenListing.of(listing),
                row.id,
                self.core.new_id(),
                force=force,
            )
        except ListingError as error:
            return SyncOutcome("failed", code=error.failure, message=error.message)
        events = [event for model in compared.plan.models for event in model.events]
        rehearsed = model_diffs(row.id, events, compared.plan.protected)
        return SyncOutcome("success", compared.plan.counts, rehearsed=rehearsed)

    async def _carry_out(self, caller: Caller, run: Run, terms: Terms, *, force: bool) -> SyncOutcome:
        outcome = await self._run(caller, run, terms, force=force)
        self.ended(caller.organization, outcome)
        return outcome

    async def _run(self, caller: Caller, run: Run, terms: Terms, *, force: bool) -> SyncOutcome:
        digest = None
        try:
            listing = await self._listing(run.provider, run.state)
            kept = await asyncio.to_thread(keep, self.core, listing)
            digest = kept.digest
            counts, position = await asyncio.to_thread(
                complete_run, self.core, caller, run, kept, force=force, terms=terms
            )
        except ListingError as error:
            failed_at = await asyncio.to_thread(
                fail_run, self.core, caller, run.row, error, terms, listing_digest=digest
            )
            return SyncOutcome("failed", NOTHING, error.failure, error.message, run.row.id, failed_at)
        except BaseException:
            await asyncio.to_thread(abandon_run, self.core, caller, run.row)
            raise
        return SyncOutcome("success", counts, sync_id=run.row.id, position=position)

    async def _listing(self, row: ProviderRow, state: Provider) -> Listing:
        if not state.discovers:
            # The key belongs to that address, and the listing would be asked of the vendor's own.
            raise ListingError(SyncFailure.ABANDONED, _MOVED)
        try:
            key = await asyncio.to_thread(open_key, self.core, row, self.environment_keys)
        except VaultError as error:
            raise ListingError(SyncFailure.NO_KEY, f"The stored key cannot be opened: {error}.") from error
        provider_type = state.endpoint.provider_type
        if key is None:
            raise ListingError(SyncFailure.NO_KEY, f"The provider {no_credential(provider_type)}")
        listing = await self.driver(provider_type).list_models(key)
        # In a thread: the catalogue is imported by the first listing.
        return await asyncio.to_thread(self.enrich, listing, provider_type, self.core.now().date())


def _outcome(row: SyncRow, position: int) -> SyncOutcome:
    counts = SyncCounts(created=row.created, updated=row.updated, changed=row.changed, stale=row.stale)
    status: SyncStatus = "success" if row.status == "success" else "failed"
    return SyncOutcome(status, counts, row.code, row.message, row.id, position)
