"""A provider's roll as it was at a position of the log."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.postgres.mapper import decode
from adapters.postgres.reader import Reader
from domain.model import Model, ModelEvent, ModelReappeared, evolve
from domain.sync import SyncCompleted
from domain.sync_roll import KnownModel

_MODELS: Final = """
    SELECT topic, state, occurred_at FROM stored_events
    WHERE originator_id IN (SELECT id FROM llm_models WHERE provider_id = %s) AND notification_id < %s
    ORDER BY notification_id
"""
_LAST_SYNCED: Final = """
    SELECT max(e.occurred_at) FROM syncs s JOIN stored_events e ON e.originator_id = s.id
    WHERE s.provider_id = %s AND e.topic = %s AND e.notification_id < %s
"""


class PastRoll(NamedTuple):
    """What a plan would have known, by the vendor's ids, and when the last run before had completed."""

    models: dict[str, KnownModel]
    last_synced_at: datetime | None


async def roll_before(reader: Reader, provider_id: UUID, position: int) -> PastRoll:
    """A provider's models and its last completed run, by the events before the position."""
    ((last_synced_at,),) = await reader.rows(_LAST_SYNCED, [provider_id, SyncCompleted.topic, position])
    models: dict[str, Model] = {}
    found_at: dict[str, datetime] = {}
    for topic, state, occurred_at in await reader.rows(_MODELS, [provider_id, position]):
        event: ModelEvent | Any = decode(topic, state)
        models[event.model_id] = evolve(models.get(event.model_id), event)
        if isinstance(event, ModelReappeared) or event.model_id not in found_at:
            found_at[event.model_id] = occurred_at
    return PastRoll(
        {model_id: _known(model, found_at[model_id], last_synced_at) for model_id, model in models.items()},
        last_synced_at,
    )


def _known(model: Model, found_at: datetime, last_synced_at: datetime | None) -> KnownModel:
    unconfirmed = last_synced_at is None or found_at > last_synced_at
    edits = model.edits if model.edits != type(model.edits)() else None
    return KnownModel(
        model.source, model.facts, model.stale, model.deleted, edits, found_at if unconfirmed else None
    )
