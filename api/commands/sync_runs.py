"""The writes of a sync run: its start, its completion with all that the listing changes, its failure."""

import hashlib
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.model_rows import (
    RollEntry,
    last_synced_at,
    models_by_id,
    roll_of_provider,
    running_sync,
)
from adapters.postgres.store import Decided, Stream
from adapters.postgres.write import Guard
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import MODEL, SYNC, Core, until_it_holds
from api.commands.providers import load_provider
from domain.errors import NotFound
from domain.listing import Listing, ListingError, ModelFacts, SyncFailure
from domain.model import Source
from domain.provider import Endpoint, Provider
from domain.sync import KnownModel, Plan, SyncCompleted, SyncCounts, SyncFailed, SyncStarted, Trigger, plan
from projections.models import facts_text
from projections.providers import ProviderRow
from projections.syncs import SyncRow

_DIED: Final = ListingError(
    SyncFailure.ABANDONED,
    "The run was cut short, by its process's end or by an error. Nothing was lost: the next one does it all.",
)
_SOURCES: Final = {source.value: source for source in Source}
_TICK: Final = timedelta(microseconds=1)


class Compared(NamedTuple):
    """A listing held against the roll: what it means, and the models' versions that it was held against."""

    plan: Plan
    versions: dict[UUID, int]
    digest: str


class Run(NamedTuple):
    """A run under way, and the provider as it was when the run began."""

    row: SyncRow
    provider: ProviderRow
    state: Provider


def start_run(core: Core, caller: Caller, provider_id: UUID, trigger: Trigger) -> Run:
    """Begin a run, under the provider's lease. So a run that is still marked as running has died: close it.

    Raises:
        NotFound: the organization has no such provider.
    """
    _, provider, state = load_provider(core, caller, provider_id)
    close_dead_run(core, caller, provider_id)
    stream = Stream(SYNC, core.new_id())
    started = SyncStarted(provider_id=provider_id, provider_name=provider.name, trigger=trigger)
    # Clocks differ: a run is never dated before the change of the provider that it follows.
    begins = max(core.now(), provider.updated_at)
    _, rows = core.append(caller, [Decided(stream, (started,))], at=begins)
    return Run(rows[stream.id], provider, state)


def close_dead_run(core: Core, caller: Caller, provider_id: UUID) -> None:
    """Close the run of a process that died. To be called under the provider's lease."""
    dead = running_sync(core.store, provider_id)
    if dead is not None:
        fail_run(core, caller, dead, _DIED)


def complete_run(
    core: Core, caller: Caller, run: Run, listing: Listing, *, force: bool, terms: Terms = ANY_TERMS
) -> tuple[SyncCounts, int | None]:
    """Append all that the listing changes, and the run's end, in one transaction at one instant.

    Raises:
        ListingError: the listing is not to be believed, or no longer this provider's.
    """
    provider_id = run.provider.id

    def decide() -> tuple[SyncCounts, int | None]:
        version = _still_the_same(core, caller, provider_id, run.state.endpoint)
        planned, versions, digest = plan_listing(core, listing, provider_id, run.row.id, force=force)
        completed = SyncCompleted(
            provider_id=provider_id,
            provider_name=run.provider.name,
            counts=planned.counts,
            listing_digest=digest,
        )
        rows = models_by_id(core.store, list(versions))
        decided = [
            # The version is the one that the plan saw: if the row is newer, the append is refused.
            Decided(Stream(MODEL, id_, versions.get(id_, 0), None, rows.get(id_)), events)
            for id_, events in planned.models
        ]
        decided.append(Decided(Stream(SYNC, run.row.id, run.row.version, None, run.row), (completed,)))
        position, _ = core.append(
            caller,
            decided,
            terms,
            guards=[Guard("provider_unchanged", provider_id, version)],
            at=_instant(core, provider_id),
        )
        return planned.counts, position

    return until_it_holds(decide)


def fail_run(
    core: Core, caller: Caller, run: SyncRow, error: ListingError, terms: Terms = ANY_TERMS
) -> int | None:
    """End a run without changing a model; a run that has ended stays as it is."""

    def decide() -> int | None:
        stream = core.store.load(SYNC, run.id)
        state = stream.state
        if state is None or state.status != "running":
            return None
        failed = SyncFailed(
            provider_id=state.provider_id,
            provider_name=state.provider_name,
            failure=error.failure,
            message=error.message,
        )
        position, _ = core.append(caller, [Decided(stream, (failed,))], terms)
        return position

    return until_it_holds(decide)


def abandon_run(core: Core, caller: Caller, run: SyncRow) -> None:
    """End a run that an error of ours cut short."""
    fail_run(core, caller, run, _DIED)


def plan_listing(core: Core, listing: Listing, provider_id: UUID, sync_id: UUID, *, force: bool) -> Compared:
    """What the listing means for the roll as it is now.

    Raises:
        ListingError: the listing is empty or suspicious, and not forced.
    """
    roll = {entry.model_id: entry for entry in roll_of_provider(core.store, provider_id)}
    texts = [facts_text(model.facts) for model in listing.models]
    confirmed = {
        model.model_id: model.facts
        for model, text in zip(listing.models, texts, strict=True)
        if (entry := roll.get(model.model_id)) is not None and entry.facts == text
    }
    planned = plan(
        listing,
        {model_id: _known(entry, confirmed.get(model_id)) for model_id, entry in roll.items()},
        provider_id=provider_id,
        sync_id=sync_id,
        last_synced_at=last_synced_at(core.store, provider_id),
        force=force,
    )
    changing = ((model.stream, roll.get(model.events[0].model_id)) for model in planned.models)
    versions = {stream: entry.version for stream, entry in changing if entry is not None}
    return Compared(planned, versions, _digest(listing, texts))


def _still_the_same(core: Core, caller: Caller, provider_id: UUID, endpoint: Endpoint) -> int:
    try:
        stream, _, state = load_provider(core, caller, provider_id)
    except NotFound:
        raise ListingError(SyncFailure.ABANDONED, "The provider was deleted while it was asked.") from None
    if state.endpoint != endpoint:
        changed = "The provider's address or type changed while it was asked. Sync again."
        raise ListingError(SyncFailure.ABANDONED, changed)
    return stream.version


def _instant(core: Core, provider_id: UUID) -> datetime:
    """Now, but after the last run in any case: clocks differ and step back, the order of runs does not."""
    last, now = last_synced_at(core.store, provider_id), core.now()
    return now if last is None else max(now, last + _TICK)


def _digest(listing: Listing, texts: list[str]) -> str:
    """Of all ids and then all facts, on a line each: neither an id nor JSON's text holds a line's end."""
    lines = [*(model.model_id for model in listing.models), *texts]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _known(entry: RollEntry, confirmed: ModelFacts | None) -> KnownModel:
    # Equal texts mean equal facts, and writing one costs a fraction of reading one: mostly, none is read.
    facts = confirmed or ModelFacts.model_validate_json(entry.facts)
    return KnownModel(_SOURCES[entry.source], facts, entry.stale, entry.deleted)
