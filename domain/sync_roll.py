"""What a sync's plan works with: models as the roll knows them, and what it decides of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import ModelDiscovered, ModelEvent, ModelRefreshed, Source


class KnownModel(NamedTuple):
    """What the plan needs to know of a model on the roll.

    Attributes:
        source: how it came there.
        facts: what is stated of it.
        stale: whether the last completed run missed it.
        deleted: whether a person deleted it.
        edits: what a person set; None: nothing.
        found_at: when it was found, if no completed run has seen it since: by a run that died half-way.
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

    @classmethod
    def by(cls, models: Iterable[Planned]) -> Self:
        """What was written with these events."""
        events = [event for model in models for event in model.events]
        return cls(
            frozenset(event.model_id for event in events if isinstance(event, ModelDiscovered)),
            frozenset(event.model_id for event in events if isinstance(event, ModelRefreshed)),
        )


def in_chunks(first: Sequence[Planned], last: Sequence[Planned], size: int) -> Sequence[Sequence[Planned]]:
    """What a run writes, in chunks of at most ``size`` models.

    All of ``last`` stands in the last chunk, which alone may be larger. There is always a last one, even an
    empty one: the run's end goes with it.
    """
    chunks = [first[start : start + size] for start in range(0, len(first), size)]
    if chunks and len(chunks[-1]) + len(last) <= size:
        return (*chunks[:-1], (*chunks[-1], *last))
    return (*chunks, last)
