"""A sync: one run that turns a provider's listing into events. And the plan that decides them, purely."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, TypeAlias, assert_never
from uuid import UUID

from domain.event import Event
from domain.listing import ListedModel, Listing, ListingError, ModelFacts, SyncFailure
from domain.model import (
    ModelDiscovered,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    Source,
    stream_of,
)
from domain.value import Value

Trigger: TypeAlias = Literal["manual", "schedule"]


class SyncCounts(Value):
    """What a run did.

    ``updated`` counts the known models that the listing confirmed, ``changed`` those of them whose facts
    differ, ``stale`` those that this run marked stale.
    """

    created: int = 0
    updated: int = 0
    changed: int = 0
    stale: int = 0


class _SyncEvent(Event):
    """``provider_name`` is the name when it happened."""

    provider_id: UUID
    provider_name: str


class SyncStarted(_SyncEvent):
    """A run began, asked by a person or by the schedule."""

    topic: ClassVar[str] = "sync.started.v1"
    trigger: Trigger


class SyncCompleted(_SyncEvent):
    """The roll equals the listing. ``listing_digest`` is the SHA-256 of the listing in its normal form."""

    topic: ClassVar[str] = "sync.completed.v1"
    counts: SyncCounts
    listing_digest: str


class SyncFailed(_SyncEvent):
    """No model was changed, for a typed reason."""

    topic: ClassVar[str] = "sync.failed.v1"
    failure: SyncFailure
    message: str


SyncEvent: TypeAlias = SyncStarted | SyncCompleted | SyncFailed


class Sync(Value):
    """A run's state."""

    provider_id: UUID
    provider_name: str
    status: Literal["running", "success", "failed"] = "running"


def evolve(state: Sync | None, event: SyncEvent) -> Sync:
    """The state after the event. Total, and without checks: history is always readable."""
    match event:
        case SyncStarted():
            return Sync(provider_id=event.provider_id, provider_name=event.provider_name)
        case _ if state is None:
            raise LookupError(f"a sync's history begins with {event.topic}")
        case SyncCompleted():
            return state.model_copy(update={"status": "success"})
        case SyncFailed():
            return state.model_copy(update={"status": "failed"})
        case _:
            assert_never(event)


class KnownModel(NamedTuple):
    """What the plan needs to know of a model on the roll."""

    source: Source
    facts: ModelFacts
    stale: bool
    deleted: bool


class Planned(NamedTuple):
    """The events of one model."""

    stream: UUID
    events: tuple[ModelEvent, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a listing means for the roll: events by model, and their counts."""

    models: tuple[Planned, ...]
    counts: SyncCounts


def plan(
    listing: Listing,
    known: Mapping[str, KnownModel],
    *,
    provider_id: UUID,
    sync_id: UUID,
    last_synced_at: datetime | None,
    force: bool = False,
) -> Plan:
    """Decide what a listing changes. Planning the same listing again yields no event.

    A deleted model stays deleted, only discovered models go stale, what a person states of a model added by
    hand stays, and an edit or a status is not touched: no event of a plan speaks of them.

    Args:
        listing: the whole listing.
        known: the provider's models on the roll, deleted ones too, by the vendor's id.
        provider_id: whose models they are.
        sync_id: the run.
        last_synced_at: the instant of the last completed run: when a model that goes stale was last seen.
        force: believe a listing that is empty, or that would mark more than half of the known models stale.

    Raises:
        ListingError: the listing is empty or suspicious, and not forced.
    """
    listed = {model.model_id: model for model in listing.models}
    missing = [
        model_id
        for model_id, model in known.items()
        if model_id not in listed and _can_go_stale(model) and last_synced_at is not None
    ]
    if not force:
        _refuse_the_incredible(listing, known, missing)
    planned: list[Planned] = []
    created = updated = changed = 0
    for model_id, model in listed.items():
        before = known.get(model_id)
        if before is not None and before.deleted:
            continue
        events: tuple[ModelEvent, ...]
        if before is None:
            created += 1
            events = (_discovered(model, provider_id, sync_id),)
        else:
            updated += 1
            refreshed = _says_otherwise(model, before)
            changed += refreshed
            events = tuple(_events(model, before, provider_id, sync_id)) if refreshed or before.stale else ()
        if events:
            planned.append(Planned(stream_of(provider_id, model_id), events))
    planned.extend(_marked_stale(missing, provider_id, sync_id, last_synced_at))
    return Plan(
        tuple(planned), SyncCounts(created=created, updated=updated, changed=changed, stale=len(missing))
    )


def _marked_stale(
    missing: Sequence[str], provider_id: UUID, sync_id: UUID, last_synced_at: datetime | None
) -> Iterator[Planned]:
    if last_synced_at is None:
        return
    for model_id in missing:
        stale = ModelMarkedStale(
            provider_id=provider_id, model_id=model_id, last_seen_at=last_synced_at, sync_id=sync_id
        )
        yield Planned(stream_of(provider_id, model_id), (stale,))


def _can_go_stale(model: KnownModel) -> bool:
    return model.source is Source.DISCOVERED and not model.stale and not model.deleted


def _refuse_the_incredible(listing: Listing, known: Mapping[str, KnownModel], missing: list[str]) -> None:
    if not listing.models:
        raise ListingError(
            SyncFailure.EMPTY,
            "The listing holds no model. Nothing was changed. If it is right, sync again with force=true.",
        )
    fresh = sum(map(_can_go_stale, known.values()))
    if 2 * len(missing) > fresh:
        raise ListingError(
            SyncFailure.SUSPICIOUS,
            f"The listing lacks {len(missing)} of {fresh} known models, more than half. Nothing was changed. "
            "If it is right, sync again with force=true.",
        )


def _says_otherwise(model: ListedModel, before: KnownModel) -> bool:
    # A caller that knows the facts to be equal hands in the same object, and spares comparing field by field.
    same = model.facts is before.facts or model.facts == before.facts
    return not same and before.source is not Source.MANUAL


def _discovered(model: ListedModel, provider_id: UUID, sync_id: UUID) -> ModelDiscovered:
    return ModelDiscovered(
        provider_id=provider_id, model_id=model.model_id, facts=model.facts, sync_id=sync_id
    )


def _events(model: ListedModel, before: KnownModel, provider_id: UUID, sync_id: UUID) -> Iterator[ModelEvent]:
    if before.stale:
        yield ModelReappeared(provider_id=provider_id, model_id=model.model_id, sync_id=sync_id)
    if _says_otherwise(model, before):
        yield ModelRefreshed(
            provider_id=provider_id,
            model_id=model.model_id,
            before=before.facts,
            after=model.facts,
            sync_id=sync_id,
        )
