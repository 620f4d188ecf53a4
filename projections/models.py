"""The models as the API shows them: one row each, kept as a tombstone when deleted."""

from datetime import datetime
from typing import Any, Final, NamedTuple, assert_never, get_args
from uuid import UUID

from domain.edits import Edits
from domain.event import Recorded
from domain.listing import ModelFacts
from domain.model import (
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    ModelRestored,
    Source,
)
from domain.provider import Status
from projections.read_model import ReadModel


class ModelRow(NamedTuple):
    """A model.

    ``facts`` and ``edits`` are JSON, as the vendor and people state them; the API merges the two, edits
    first. ``stale`` marks a model that a run missed; it is stale once its provider was synced after
    ``last_seen_at``, so that a large run's marks count from its end on, all at once. Of other models
    ``last_seen_at`` is when they reappeared, if they did: they were last seen when their provider was last
    synced, so an unchanged sync writes no row. ``display_name`` and ``retires_at`` are what people see: an
    edit, else the vendor's word.
    """

    id: UUID
    organization: UUID
    provider_id: UUID
    version: int
    model_id: str
    source: str
    status: str
    stale: bool
    deleted: bool
    last_seen_at: datetime | None
    display_name: str | None
    facts: str
    edits: str
    created_at: datetime
    updated_at: datetime
    retires_at: datetime | None

    def is_stale(self, last_synced_at: datetime | None) -> bool:
        """Whether its provider, which was last synced at this instant, lists it no longer."""
        seen, synced = self.last_seen_at, last_synced_at
        return self.stale and seen is not None and synced is not None and seen < synced


# An enumeration's value is looked up by a descriptor each time, which shows in a rebuild.
_ACTIVE: Final = Status.ACTIVE.value
_DISABLED: Final = Status.DISABLED.value
_DISCOVERED: Final = Source.DISCOVERED.value

_NOTHING: Final = "{}"
_NO_EDITS: Final = Edits()


def fold(row: ModelRow | None, recorded: Recorded[ModelEvent]) -> ModelRow | None:
    """The row after the event."""
    event = recorded.event
    changed: dict[str, Any]
    match event:
        case ModelDiscovered():
            return _first_row(recorded, event, _DISCOVERED)
        case ModelAdded():
            return _first_row(recorded, event, event.source.value)
        case _ if row is None:
            return None
        case ModelRefreshed():
            changed = _stating(event.after, _edits_of(row))
        case ModelMarkedStale():
            changed = {"stale": True, "last_seen_at": event.last_seen_at}
        case ModelReappeared():
            changed = {"stale": False, "last_seen_at": recorded.occurred_at}
        case ModelEdited():
            changed = {**_stating(_facts_of(row), event.after), "edits": edits_text(event.after)}
        case ModelEnabled():
            changed = {"status": _ACTIVE}
        case ModelDisabled():
            changed = {"status": _DISABLED}
        case ModelDeleted():
            changed = {"deleted": True}
        case ModelRestored():
            changed = {**_stating(event.facts or _facts_of(row), _edits_of(row)), "deleted": False}
        case _:
            assert_never(event)
    return row._replace(version=recorded.originator_version, updated_at=recorded.occurred_at, **changed)


def _first_row(recorded: Recorded[ModelEvent], event: ModelDiscovered | ModelAdded, source: str) -> ModelRow:
    facts, at = event.facts, recorded.occurred_at
    stale = deleted = False
    last_seen_at, edits = None, _NOTHING
    return ModelRow(  # by position: names would cost a rebuild a tenth of its folding
        recorded.originator_id,
        recorded.meta.organization,
        event.provider_id,
        recorded.originator_version,
        event.model_id,
        source,
        _ACTIVE,
        stale,
        deleted,
        last_seen_at,
        facts.display_name,
        facts_text(facts),
        edits,
        at,
        at,
        facts.retires_at,
    )


def _stating(facts: ModelFacts, edits: Edits) -> dict[str, Any]:
    return {
        "facts": facts_text(facts),
        "display_name": edits.display_name or facts.display_name,
        "retires_at": edits.retires_at or facts.retires_at,
    }


def _facts_of(row: ModelRow) -> ModelFacts:
    return ModelFacts.model_validate_json(row.facts)


def _edits_of(row: ModelRow) -> Edits:
    return _NO_EDITS if row.edits == _NOTHING else Edits.model_validate_json(row.edits)


def facts_text(facts: ModelFacts) -> str:
    """The facts as a row holds them: equal texts mean equal facts."""
    return facts.__pydantic_serializer__.to_json(facts, exclude_defaults=True).decode()


def edits_text(edits: Edits) -> str:
    """The edits as a row holds them."""
    return edits.__pydantic_serializer__.to_json(edits, exclude_defaults=True).decode()


MODELS = ReadModel(table="llm_models", row=ModelRow, follows=get_args(ModelEvent), fold=fold)
