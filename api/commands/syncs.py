"""Sync a provider: ask its listing, let the plan decide, append what it says."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from adapters.drivers.driver import ListingDriver
from adapters.postgres.leases import Leases
from adapters.postgres.model_rows import last_synced_at, models_of_provider, running_sync
from adapters.postgres.store import Decided, Stream
from adapters.postgres.write import Guard
from adapters.vault.errors import VaultError
from api.commands.caller import Caller
from api.commands.core import MODEL, SYNC, Core, until_it_holds
from api.commands.keys import EnvironmentKeys, open_key
from api.commands.providers import load_provider
from domain.errors import NotFound, SyncRunning
from domain.listing import Listing, ListingError, ModelFacts, SyncFailure
from domain.model import Model, Source
from domain.provider import Endpoint, Provider
from domain.provider_type import ProviderType
from domain.sync import KnownModel, Plan, SyncCompleted, SyncCounts, SyncFailed, SyncStarted, Trigger, plan
from projections.models import ModelRow
from projections.providers import ProviderRow
from projections.syncs import SyncRow

SyncStatus: TypeAlias = Literal["success", "failed", "not_supported"]

_ROUNDS: Final = 50
_ROUND_SECONDS: Final = 0.02

NOTHING: Final = SyncCounts()

NO_DISCOVERY: Final = (
    "A provider with a base_url of its own is not asked for its models. "
    "Add them by hand: POST /v1/llm-providers/{id}/models."
)


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """How a sync ended. ``sync_id`` and ``position`` are None where no run was recorded."""

    status: SyncStatus
    counts: SyncCounts = NOTHING
    code: str | None = None
    message: str | None = None
    sync_id: UUID | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Syncing:
    """What a sync works with besides the core."""

    core: Core
    leases: Leases
    driver: Callable[[ProviderType], ListingDriver]
    environment_keys: EnvironmentKeys

    async def sync(
        self,
        caller: Caller,
        provider_id: UUID,
        *,
        trigger: Trigger = "manual",
        force: bool = False,
        dry_run: bool = False,
    ) -> SyncOutcome:
        """Bring a provider's models up to its listing. What goes wrong outside is an outcome, not an error.

        Raises:
            NotFound: the organization has no such provider.
            SyncRunning: another sync of this provider is under way.
        """
        _, row, state = await asyncio.to_thread(load_provider, self.core, caller, provider_id)
        if not state.discovers:
            return SyncOutcome(
                "not_supported", code="no_discovery", message=NO_DISCOVERY.format(id=provider_id)
            )
        if dry_run:
            return await self._rehearse(row, state, force=force)
        for _ in range(_ROUNDS):
            async with self.leases.lease(provider_id) as held:
                if held:
                    return await self._run(caller, row, state, trigger, force=force)
            running = await asyncio.to_thread(running_sync, self.core.store, provider_id)
            if running is not None:
                raise SyncRunning(running.id)
            await asyncio.sleep(_ROUND_SECONDS)
        raise SyncRunning(provider_id)

    async def _rehearse(self, row: ProviderRow, state: Provider, *, force: bool) -> SyncOutcome:
        try:
            listing = await self._listing(row, state)
            planned, _ = await asyncio.to_thread(
                _plan, self.core, listing, row.id, self.core.new_id(), force=force
            )
        except ListingError as error:
            return SyncOutcome("failed", code=error.failure, message=error.message)
        return SyncOutcome("success", planned.counts)

    async def _run(
        self, caller: Caller, row: ProviderRow, state: Provider, trigger: Trigger, *, force: bool
    ) -> SyncOutcome:
        run = await asyncio.to_thread(_start, self.core, caller, row, trigger)
        try:
            listing = await self._listing(row, state)
            at = self.core.now()
            counts, position = await asyncio.to_thread(
                until_it_holds,
                lambda: _complete(self.core, caller, run, state.endpoint, listing, at, force=force),
            )
        except ListingError as error:
            position = await asyncio.to_thread(_fail, self.core, caller, run, error)
            return SyncOutcome("failed", NOTHING, error.failure, error.message, run.id, position)
        return SyncOutcome("success", counts, sync_id=run.id, position=position)

    async def _listing(self, row: ProviderRow, state: Provider) -> Listing:
        try:
            key = await asyncio.to_thread(open_key, self.core, row, self.environment_keys)
        except VaultError as error:
            raise ListingError(SyncFailure.NO_KEY, f"The stored key cannot be opened: {error}.") from error
        if key is None:
            raise ListingError(
                SyncFailure.NO_KEY, "The provider has no key. Set one: PATCH it with an api_key."
            )
        return await self.driver(state.endpoint.provider_type).list_models(key)


def _start(core: Core, caller: Caller, row: ProviderRow, trigger: Trigger) -> SyncRow:
    """Begin a run. Whoever holds the lease knows that a run still marked as running has died."""
    dead = running_sync(core.store, row.id)
    if dead is not None:
        gone = "The process that ran it ended before the run did. Nothing was lost: the next run does it all."
        _fail(core, caller, dead, ListingError(SyncFailure.ABANDONED, gone))
    stream = Stream(SYNC, core.new_id())
    started = SyncStarted(provider_id=row.id, provider_name=row.name, trigger=trigger)
    _, rows = core.append(caller, [Decided(stream, (started,))])
    run: SyncRow = rows[stream.id]
    return run


def _complete(
    core: Core,
    caller: Caller,
    run: SyncRow,
    endpoint: Endpoint,
    listing: Listing,
    at: datetime,
    *,
    force: bool,
) -> tuple[SyncCounts, int | None]:
    """Append all that the listing changes, and the run's end, in one transaction at one instant.

    Raises:
        ListingError: the listing is not to be believed, or no longer this provider's.
    """
    try:
        provider, row, state = load_provider(core, caller, run.provider_id)
    except NotFound:
        raise ListingError(SyncFailure.ABANDONED, "The provider was deleted while it was asked.") from None
    if state.endpoint != endpoint:
        raise ListingError(
            SyncFailure.ABANDONED, "The provider's address or type changed while it was asked."
        )
    planned, known = _plan(core, listing, run.provider_id, run.id, force=force)
    completed = SyncCompleted(
        provider_id=run.provider_id,
        provider_name=row.name,
        counts=planned.counts,
        listing_digest=hashlib.sha256(listing.model_dump_json(exclude_defaults=True).encode()).hexdigest(),
    )
    decided = [
        Decided(_model_stream(model.stream, known.get(model.stream)), model.events)
        for model in planned.models
    ]
    decided.append(Decided(Stream(SYNC, run.id, run.version, None, run), (completed,)))
    guards = [Guard("provider_unchanged", run.provider_id, provider.version)]
    position, _ = core.append(caller, decided, guards=guards, at=at)
    return planned.counts, position


def _plan(
    core: Core, listing: Listing, provider_id: UUID, sync_id: UUID, *, force: bool
) -> tuple[Plan, dict[UUID, ModelRow]]:
    rows = models_of_provider(core.store, provider_id)
    planned = plan(
        listing,
        {row.model_id: _known(row) for row in rows},
        provider_id=provider_id,
        sync_id=sync_id,
        last_synced_at=last_synced_at(core.store, provider_id),
        force=force,
    )
    return planned, {row.id: row for row in rows}


def _known(row: ModelRow) -> KnownModel:
    return KnownModel(Source(row.source), ModelFacts.model_validate_json(row.facts), row.stale, row.deleted)


def _model_stream(stream_id: UUID, row: ModelRow | None) -> Stream[Model, ModelRow]:
    if row is None:
        return Stream(MODEL, stream_id)
    return Stream(MODEL, stream_id, row.version, None, row)


def _fail(core: Core, caller: Caller, run: SyncRow, error: ListingError) -> int | None:
    stream = core.store.load(SYNC, run.id)
    name = stream.state.provider_name if stream.state else ""
    failed = SyncFailed(
        provider_id=run.provider_id, provider_name=name, failure=error.failure, message=error.message
    )
    position, _ = core.append(caller, [Decided(stream, (failed,))])
    return position
