"""What a sync's plan works with: models as the roll knows them, and what it decides of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import ModelDiscovered, ModelEvent, ModelMarkedStale, ModelRefreshed, Source


class KnownModel(NamedTuple):
    """What the plan needs to know of a model on the roll.

    Attributes:
        source: how it came there.
        facts: what is stated of it.
        stale: whether a run missed it; it counts as stale from that run's end on.
        deleted: whether a person deleted it.
        edits: what a person set; None: nothing.
        found_at: when it was found, or found again, if no completed run has seen it since: by a run that
            died half-way.
    """

    source: Source
    facts: ModelFacts
    stale: bool
    deleted: bool
    edits: Edits | None = None
    found_at: datetime | None = None


class Planned(NamedTuple):
    """The events of one model."""

    stream: UUID
    events: tuple[ModelEvent, ...]


class Written(NamedTuple):
    """The models that a run has written already, by the vendor's id, when it has to plan its rest anew."""

    created: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()

    @classmethod
    def by(cls, models: Iterable[Planned]) -> Self:
        """What was written with these events."""
        events = [event for model in models for event in model.events]
        return cls(
            frozenset(event.model_id for event in events if isinstance(event, ModelDiscovered)),
            frozenset(event.model_id for event in events if isinstance(event, ModelRefreshed)),
            frozenset(event.model_id for event in events if isinstance(event, ModelMarkedStale)),
        )


def in_chunks(models: Sequence[Planned], size: int) -> Sequence[Sequence[Planned]]:
    """What a run writes, in chunks of at most ``size`` models.

    There is always one, even an empty one: the run's end goes with the last.
    """
    return [models[start : start + size] for start in range(0, len(models), size)] or [()]
