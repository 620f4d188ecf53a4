"""The organization's catalog: which model is the default."""

from typing import ClassVar, Literal, TypeAlias
from uuid import UUID, uuid5

from domain.event import Event
from domain.value import Value

Reason: TypeAlias = Literal["chosen", "cleared", "model_deleted", "provider_deleted"]


class DefaultModel(Value):
    """A model as the default: its id on the roll, and its vendor's id for people."""

    id: UUID
    provider_id: UUID
    model_id: str


class DefaultModelChanged(Event):
    """The default is another one, or none."""

    topic: ClassVar[str] = "catalog.default_model_changed.v1"
    before: DefaultModel | None
    after: DefaultModel | None
    reason: Reason


class Catalog(Value):
    """What decisions need to know: today's default."""

    default: DefaultModel | None = None


def stream_of(organization: UUID) -> UUID:
    """The one catalog of an organization."""
    return uuid5(organization, "catalog")


def evolve(_state: Catalog | None, event: DefaultModelChanged) -> Catalog:
    """The state after the event."""
    return Catalog(default=event.after)


def choose(state: Catalog, model: DefaultModel) -> tuple[DefaultModelChanged, ...]:
    """Make it the default; nothing where it is."""
    if state.default == model:
        return ()
    return (DefaultModelChanged(before=state.default, after=model, reason="chosen"),)


def let_go(state: Catalog, model: UUID, reason: Reason) -> tuple[DefaultModelChanged, ...]:
    """End its being the default; nothing where it is not."""
    if state.default is None or state.default.id != model:
        return ()
    return (DefaultModelChanged(before=state.default, after=None, reason=reason),)


def let_go_of_provider(state: Catalog, provider_id: UUID) -> tuple[DefaultModelChanged, ...]:
    """A provider that goes takes the default along if it is one of its models."""
    if state.default is None or state.default.provider_id != provider_id:
        return ()
    return (DefaultModelChanged(before=state.default, after=None, reason="provider_deleted"),)
