"""What must hold for every event of a story."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from domain.event import Recorded
from domain.model import ModelDiscovered, ModelMarkedStale, ModelRefreshed
from domain.sync import SyncCompleted
from tests.support.plain_keyroll import RIGHT_KEY, WRONG_KEY

_MIDDLES: Final = [key[8:-4] for key in (RIGHT_KEY, WRONG_KEY)]
_COUNTED: Final[dict[type[Any], str]] = {
    ModelDiscovered: "created",
    ModelRefreshed: "changed",
    ModelMarkedStale: "stale",
}


def holds_a_secret(recorded: Recorded[Any]) -> bool:
    """Whether an event holds the better part of a key."""
    text = f"{recorded.event.model_dump_json()} {recorded.meta.model_dump_json()}"
    return any(middle in text for middle in _MIDDLES)


def counts_that_differ(log: Sequence[Recorded[Any]]) -> list[str]:
    """Completed runs whose counts are not those of their events; all of these stand before the run's end."""
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    complaints = []
    for recorded in log:
        event = recorded.event
        count = _COUNTED.get(type(event))
        if count is not None:
            found[event.sync_id][count] += 1
        elif isinstance(event, SyncCompleted):
            told = {name: getattr(event.counts, name) for name in _COUNTED.values()}
            made = {name: found[recorded.originator_id][name] for name in _COUNTED.values()}
            if told != made:
                complaints.append(f"{recorded.originator_id} says {told} and did {made}")
    return complaints
