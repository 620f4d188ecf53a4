"""A model of a provider: found in its listing, added by a person, or predefined."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias, assert_never
from uuid import UUID, uuid5

from domain.change import KEEP, Change, kept
from domain.edits import Edits, EditsChange
from domain.event import Event
from domain.listing import ListedModel, ModelFacts
from domain.provider import Status
from domain.value import Value


class Source(StrEnum):
    """How a model came into the roll."""

    MANUAL = "manual"
    DISCOVERED = "discovered"
    PREDEFINED = "predefined"


def stream_of(provider_id: UUID, model_id: str) -> UUID:
    """A model's stream: the same provider and vendor's id give the same stream, so an id is unique there."""
    return uuid5(provider_id, model_id)


class _ModelEvent(Event):
    """``model_id`` is the vendor's id of the model."""

    provider_id: UUID
    model_id: str


class ModelDiscovered(_ModelEvent):
    """The provider's listing showed it for the first time."""

    topic: ClassVar[str] = "model.discovered.v1"
    facts: ModelFacts
    sync_id: UUID


class ModelAdded(_ModelEvent):
    """A person added it by hand, or it came with the first start."""

    topic: ClassVar[str] = "model.added.v1"
    source: Literal[Source.MANUAL, Source.PREDEFINED]
    facts: ModelFacts


class ModelRefreshed(_ModelEvent):
    """The listing states other facts than before."""

    topic: ClassVar[str] = "model.refreshed.v1"
    before: ModelFacts
    after: ModelFacts
    sync_id: UUID


class ModelMarkedStale(_ModelEvent):
    """The listing shows it no longer; ``last_seen_at`` is the instant of the last sync that saw it."""

    topic: ClassVar[str] = "model.marked_stale.v1"
    last_seen_at: datetime
    sync_id: UUID


class ModelReappeared(_ModelEvent):
    """The listing shows it again."""

    topic: ClassVar[str] = "model.reappeared.v1"
    sync_id: UUID


class ModelEdited(_ModelEvent):
    """A person changed what they set of it over the vendor's word."""

    topic: ClassVar[str] = "model.edited.v1"
    before: Edits
    after: Edits


class ModelEnabled(_ModelEvent):
    """It can be selected again."""

    topic: ClassVar[str] = "model.enabled.v1"


class ModelDisabled(_ModelEvent):
    """It cannot be selected any more."""

    topic: ClassVar[str] = "model.disabled.v1"


class ModelDeleted(_ModelEvent):
    """It is gone until a person restores it; a sync does not bring it back."""

    topic: ClassVar[str] = "model.deleted.v1"
    reason: Literal["asked", "provider_deleted"]


class ModelRestored(_ModelEvent):
    """A person brought a deleted model back, with its history; ``facts`` if they state them anew."""

    topic: ClassVar[str] = "model.restored.v1"
    facts: ModelFacts | None = None


ModelEvent: TypeAlias = (
    ModelDiscovered
    | ModelAdded
    | ModelRefreshed
    | ModelMarkedStale
    | ModelReappeared
    | ModelEdited
    | ModelEnabled
    | ModelDisabled
    | ModelDeleted
    | ModelRestored
)


class Model(Value):
    """What decisions need to know of a model."""

    provider_id: UUID
    model_id: str
    source: Source
    facts: ModelFacts
    edits: Edits = Edits()
    status: Status = Status.ACTIVE
    stale: bool = False
    deleted: bool = False


def evolve(state: Model | None, event: ModelEvent) -> Model:
    """The state after the event. Total, and without checks: history is always readable."""
    match event:
        case ModelDiscovered():
            return _first(event, Source.DISCOVERED)
        case ModelAdded():
            return _first(event, event.source)
        case _ if state is None:
            raise LookupError(f"a model's history begins with {event.topic}")
        case ModelRefreshed():
            change: dict[str, object] = {"facts": event.after}
        case ModelMarkedStale():
            change = {"stale": True}
        case ModelReappeared():
            change = {"stale": False}
        case ModelEdited():
            change = {"edits": event.after}
        case ModelEnabled():
            change = {"status": Status.ACTIVE}
        case ModelDisabled():
            change = {"status": Status.DISABLED}
        case ModelDeleted():
            change = {"deleted": True}
        case ModelRestored():
            change = {"deleted": False, "facts": event.facts or state.facts}
        case _:
            assert_never(event)
    return state.model_copy(update=change)


def _first(event: ModelDiscovered | ModelAdded, source: Source) -> Model:
    return Model(provider_id=event.provider_id, model_id=event.model_id, source=source, facts=event.facts)


@dataclass(frozen=True, slots=True)
class AddModel:
    """Put a model on the roll by hand."""

    provider_id: UUID
    model_id: str
    facts: ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeModel(EditsChange):
    """Change what people may change: what they set over the vendor's word, and the status."""

    status: Change[Status] = KEEP


def add(state: Model | None, command: AddModel) -> tuple[ModelEvent, ...]:
    """A new model; a deleted one comes back with its history; one that is there yields nothing.

    Of a model that was added by hand the facts are what the person states now, of another one they are edits.
    """
    identity = {"provider_id": command.provider_id, "model_id": command.model_id}
    if state is None:
        return (ModelAdded(**identity, source=Source.MANUAL, facts=command.facts),)
    if not state.deleted:
        return ()
    by_hand = state.source is Source.MANUAL
    edits = Edits() if by_hand else state.edits.restated(command.facts)
    restored: list[ModelEvent] = [ModelRestored(**identity, facts=command.facts if by_hand else None)]
    if edits != state.edits:
        restored.append(ModelEdited(**identity, before=state.edits, after=edits))
    if state.status is Status.DISABLED:
        restored.append(ModelEnabled(**identity))
    return tuple(restored)


def predefine(provider_id: UUID, model: ListedModel) -> tuple[ModelEvent, ...]:
    """A model that an organization begins with."""
    return (
        ModelAdded(
            provider_id=provider_id, model_id=model.model_id, source=Source.PREDEFINED, facts=model.facts
        ),
    )


def change(state: Model, command: ChangeModel) -> tuple[ModelEvent, ...]:
    """One event for each thing that differs; none where nothing does."""
    return tuple(_changes(state, command))


def delete(state: Model) -> tuple[ModelEvent, ...]:
    """A tombstone; a second deletion yields nothing."""
    if state.deleted:
        return ()
    return (ModelDeleted(provider_id=state.provider_id, model_id=state.model_id, reason="asked"),)


def go_with_provider(provider_id: UUID, model_id: str) -> ModelEvent:
    """The end of a model whose provider is deleted."""
    return ModelDeleted(provider_id=provider_id, model_id=model_id, reason="provider_deleted")


def _changes(state: Model, command: ChangeModel) -> Iterator[ModelEvent]:
    identity = {"provider_id": state.provider_id, "model_id": state.model_id}
    edits = state.edits.changed(command)
    if edits != state.edits:
        yield ModelEdited(**identity, before=state.edits, after=edits)
    status = kept(command.status, state.status)
    if status is not state.status:
        yield ModelEnabled(**identity) if status is Status.ACTIVE else ModelDisabled(**identity)
