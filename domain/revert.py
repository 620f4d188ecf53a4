"""Back to an earlier version: what has to happen now so that an object is again what it was then. Purely."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain import model, provider
from domain.listing import ModelFacts
from domain.model import (
    Model,
    ModelDisabled,
    ModelEdited,
    ModelEnabled,
    ModelEvent,
    ModelRestored,
    Source,
)
from domain.provider import ChangeProvider, Provider, ProviderEvent, Status

_VENDORS_WORD: Final = "the provider's listing states it; edit the model to set something else"
_STATED_BY_HAND: Final = "a person stated it when adding the model; edit the model to set something else"


class NotRestored(NamedTuple):
    """A field that stays as it is now, and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProviderReversal:
    """What happens to a provider, and what cannot come back."""

    events: tuple[ProviderEvent, ...]
    not_restored: tuple[NotRestored, ...]


@dataclass(frozen=True, slots=True)
class ModelReversal:
    """What happens to a model, and what cannot come back."""

    events: tuple[ModelEvent, ...]
    not_restored: tuple[NotRestored, ...]


def revert_provider(now: Provider, then: Provider) -> ProviderReversal:
    """The changes that lead back, but for the key.

    A destroyed key is nowhere, and a key of today is destroyed only by those who ask for that; it goes if the
    address goes that it was entered for.
    """
    command = ChangeProvider(
        name=then.name,
        provider_type=then.endpoint.provider_type,
        base_url=then.endpoint.base_url,
        status=then.status,
    )
    events = provider.change(now, command)
    after = now
    for event in events:
        after = provider.evolve(after, event)
    return ProviderReversal(events, tuple(_keys(now, after, then)))


def revert_model(now: Model, then: Model) -> ModelReversal:
    """The changes that lead back, but for what the provider's listing says."""
    if then.deleted:
        return ModelReversal(model.delete(now), ())
    events = tuple(_model_events(now, then))
    after = now
    for event in events:
        after = model.evolve(after, event)
    return ModelReversal(events, tuple(_facts(after, then)))


def _keys(now: Provider, after: Provider, then: Provider) -> Iterator[NotRestored]:
    """Why the key is not what it was then, if it is not."""
    was, had, has = _mark(then), _mark(now), _mark(after)
    if has == was:
        return
    if then.key is None:
        reason = "today's key is kept: to destroy it, PATCH api_key with null"
    elif had == was:
        reason = "it belongs to the address that the provider had until now: enter it again"
    elif has is None:
        reason = f"the key …{then.key.hint} was destroyed: enter it again"
    else:
        reason = f"the key …{then.key.hint} was destroyed: today's key is kept"
    yield NotRestored("api_key", reason)


def _mark(state: Provider) -> str | None:
    return None if state.key is None else state.key.fingerprint


def _model_events(now: Model, then: Model) -> Iterator[ModelEvent]:
    identity = {"provider_id": now.provider_id, "model_id": now.model_id}
    if now.deleted:
        stated = then.facts if now.source is Source.MANUAL and then.facts != now.facts else None
        yield ModelRestored(**identity, facts=stated)
    if then.edits != now.edits:
        yield ModelEdited(**identity, before=now.edits, after=then.edits)
    if then.status is not now.status:
        yield ModelEnabled(**identity) if then.status is Status.ACTIVE else ModelDisabled(**identity)


def _facts(after: Model, then: Model) -> Iterator[NotRestored]:
    reason = _STATED_BY_HAND if after.source is Source.MANUAL else _VENDORS_WORD
    for field in ModelFacts.model_fields:
        if field != "from_catalogue" and getattr(after.facts, field) != getattr(then.facts, field):
            yield NotRestored(field, reason)
    if after.stale != then.stale:
        yield NotRestored("stale", "only the provider's listing tells whether the model is offered")
