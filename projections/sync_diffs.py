"""What a run did to each model, by its events, and where a person's word stood against its listing."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from domain.model import (
    ModelDiscovered,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    stream_of,
)
from domain.protection import Protected
from projections.audit_changes import FieldChange, changes_of

ChangeKind: TypeAlias = Literal["added", "stale", "reappeared", "changed", "protected"]

_KINDS: Final[tuple[tuple[type[ModelEvent], ChangeKind], ...]] = (
    (ModelDiscovered, "added"),
    (ModelMarkedStale, "stale"),
    (ModelReappeared, "reappeared"),
    (ModelRefreshed, "changed"),
)
"""What a model's events are called together: the first that is among them."""


class ModelDiff(NamedTuple):
    """A model that a run changed, or had to leave as a person wanted it. ``id`` is its stream."""

    id: UUID
    model_id: str
    change: ChangeKind
    fields: dict[str, FieldChange]
    protected: Protected | None


def model_diffs(
    provider_id: UUID, events: Iterable[ModelEvent], protected: Iterable[Protected]
) -> list[ModelDiff]:
    """One entry a model, in the order of the vendor's ids.

    Args:
        provider_id: whose models they are.
        events: those of the run, in their order.
        protected: what the run's end, or its plan, says of people's words.
    """
    happened: dict[str, list[ModelEvent]] = {}
    for event in events:
        happened.setdefault(event.model_id, []).append(event)
    stood = {one.model_id: one for one in protected}
    return [
        _diff(provider_id, model_id, happened.get(model_id, []), stood.get(model_id))
        for model_id in sorted({*happened, *stood})
    ]


def _diff(
    provider_id: UUID, model_id: str, events: list[ModelEvent], protected: Protected | None
) -> ModelDiff:
    kinds = {type(event) for event in events}
    change: ChangeKind = next((name for kind, name in _KINDS if kind in kinds), "protected")
    fields: dict[str, FieldChange] = {}
    for event in events:
        for field, (before, after) in changes_of(event).items():
            first = fields.get(field)
            fields[field] = FieldChange(before if first is None else first.before, after)
    return ModelDiff(stream_of(provider_id, model_id), model_id, change, fields, protected)
