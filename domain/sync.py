"""A sync: one run that turns a provider's listing into events. And the plan that decides them, purely."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal, TypeAlias, assert_never
from uuid import UUID

from domain.event import Event
from domain.listing import ListedModel, Listing, ListingError, SyncFailure
from domain.model import (
    ModelDiscovered,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    Source,
    stream_of,
)
from domain.protection import Protected, protection
from domain.sync_roll import KnownModel, Planned, Written, in_chunks
from domain.value import Value

Trigger: TypeAlias = Literal["manual", "schedule"]


_NOTHING: Final = Written()


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
    """The roll equals the listing, but for what is ``protected``: where a person's word stood against it.

    ``listing_digest`` is the SHA-256 of the listing in its normal form, under which it is kept.
    """

    topic: ClassVar[str] = "sync.completed.v1"
    counts: SyncCounts
    listing_digest: str
    protected: tuple[Protected, ...] = ()


class SyncFailed(_SyncEvent):
    """The listing was not had or not believed, for a typed reason, or the run was cut short.

    ``listing_digest``: the listing, if there was a whole one.
    """

    topic: ClassVar[str] = "sync.failed.v1"
    failure: SyncFailure
    message: str
    listing_digest: str | None = None


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a listing means for the roll.

    Attributes:
        models: the events by model.
        counts: the run's counts, once these events are written too.
        protected: where a person's word stood against the listing.
    """

    models: tuple[Planned, ...]
    counts: SyncCounts
    protected: tuple[Protected, ...] = ()

    def in_chunks(self, size: int) -> Sequence[Sequence[Planned]]:
        """The events in chunks of at most ``size`` models. The last one, which may be empty, ends the run."""
        return in_chunks(self.models, size)


def plan(
    listing: Listing,
    known: Mapping[str, KnownModel],
    *,
    provider_id: UUID,
    sync_id: UUID,
    last_synced_at: datetime | None,
    force: bool = False,
    written: Written = _NOTHING,
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
        written: what this run has written already, and so counts as well.

    Raises:
        ListingError: the listing is empty or suspicious, and not forced.
    """
    listed = {model.model_id: model for model in listing.models}
    missing = _missing(listed, known, last_synced_at)
    if not force:
        _refuse_the_incredible(listing, known, missing)
    planned: list[Planned] = []
    protected: list[Protected] = []
    changed: set[str] = set(written.changed)
    created = updated = 0
    for model_id, model in listed.items():
        before = known.get(model_id)
        if before is not None:
            if before.deleted or before.edits is not None or before.source is Source.MANUAL:
                protected.extend(filter(None, [protection(model, before)]))
            if before.deleted:
                continue
            updated += model_id not in written.created
            refreshed = _says_otherwise(model, before)
            if not (refreshed or before.stale):
                continue
            events: tuple[ModelEvent, ...] = tuple(_events(model, before, provider_id, sync_id))
            changed.update([model_id] if refreshed else [])
        else:
            created += 1
            facts = model.facts
            events = (
                ModelDiscovered(provider_id=provider_id, model_id=model_id, facts=facts, sync_id=sync_id),
            )
        planned.append(Planned(stream_of(provider_id, model_id), events))
    planned.extend(_marked_stale(missing, provider_id, sync_id))
    counts = SyncCounts(
        created=len(written.created) + created,
        updated=updated,
        changed=len(changed),
        stale=len(written.stale) + len(missing),
    )
    return Plan(tuple(planned), counts, tuple(protected))


def _missing(
    listed: Container[str], known: Mapping[str, KnownModel], last_synced_at: datetime | None
) -> dict[str, datetime]:
    """The models that go stale, and when each was last seen."""
    return {
        model_id: seen_at
        for model_id, model in known.items()
        if model_id not in listed
        and _can_go_stale(model)
        and (seen_at := model.found_at or last_synced_at) is not None
    }


def _marked_stale(missing: Mapping[str, datetime], provider_id: UUID, sync_id: UUID) -> Iterator[Planned]:
    for model_id, seen_at in missing.items():
        stale = ModelMarkedStale(
            provider_id=provider_id, model_id=model_id, last_seen_at=seen_at, sync_id=sync_id
        )
        yield Planned(stream_of(provider_id, model_id), (stale,))


def _can_go_stale(model: KnownModel) -> bool:
    return model.source is Source.DISCOVERED and not model.stale and not model.deleted


def _refuse_the_incredible(
    listing: Listing, known: Mapping[str, KnownModel], missing: Collection[str]
) -> None:
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
