"""What a run wrote, as the log has it."""

from typing import Any, Final, NamedTuple, get_args
from uuid import UUID

from adapters.postgres.mapper import decode
from adapters.postgres.reader import Rows
from domain.model import ModelEvent
from domain.protection import Protected
from domain.sync import SyncCompleted

_TOPICS: Final = [kind.topic for kind in get_args(ModelEvent) if "sync_id" in kind.model_fields]

_OWN: Final = """
    SELECT notification_id, topic, state FROM stored_events
    WHERE originator_id = %(run)s ORDER BY originator_version
"""
_OF_MODELS: Final = """
    SELECT e.topic, e.state
    FROM stored_events begun
        JOIN stored_events e ON e.organization = begun.organization AND e.request_id = begun.request_id
    WHERE begun.originator_id = %(run)s AND begun.originator_version = 1 AND e.topic = ANY (%(topics)s)
        AND convert_from(e.state, 'UTF8')::json ->> 'sync_id' = %(run)s::text
    ORDER BY e.notification_id
"""


class RunEvents(NamedTuple):
    """A run in the log.

    Attributes:
        began: the position of its beginning.
        ended: the position of its end; None: it has none yet.
        models: the events of models that it wrote.
        protected: where a person's word stood against its listing; told by its completion.
    """

    began: int
    ended: int | None
    models: list[ModelEvent]
    protected: tuple[Protected, ...]


async def events_of_run(reader: Rows, sync_id: UUID) -> RunEvents:
    """What a run wrote, also one that died half-way.

    A run's events share its request with other deeds, so each also names the run.
    """
    own = await reader.rows(_OWN, {"run": sync_id})
    found = await reader.rows(_OF_MODELS, {"run": sync_id, "topics": _TOPICS})
    models: list[Any] = [decode(topic, state) for topic, state in found]
    (began, *_), (position, topic, state) = own[0], own[-1]
    end = decode(topic, state)
    protected = end.protected if isinstance(end, SyncCompleted) else ()
    return RunEvents(began, position if len(own) > 1 else None, models, protected)
