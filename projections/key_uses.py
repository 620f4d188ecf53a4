"""Which providers had a key, and from when to when: told by the marks that the log keeps of keys."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from domain.event import Recorded
from domain.provider import KeyRemoved, KeyRotated

Ending: TypeAlias = Literal["replaced", "asked", "endpoint_changed", "provider_deleted"]


class KeyUse(NamedTuple):
    """A provider's time with a key.

    ``provider_name`` is its name when it was given the key. ``ended_because`` None: it has the key still.
    """

    provider_id: UUID
    provider_name: str
    hint: str
    set_at: datetime
    set_by: str
    set_position: int
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_position: int | None = None
    ended_because: Ending | None = None


def key_uses(history: Iterable[Recorded[Any]], fingerprint: str) -> list[KeyUse]:
    """The uses of the key with this fingerprint, in the order in which they began.

    Args:
        history: an organization's events in the order of the log, at least those that name the fingerprint.
        fingerprint: the key's.
    """
    uses: list[KeyUse] = []
    current: dict[UUID, int] = {}
    for recorded in history:
        event, provider_id = recorded.event, recorded.originator_id
        if not isinstance(event, KeyRotated | KeyRemoved):
            continue
        after = event.after if isinstance(event, KeyRotated) else None
        if after is not None and after.fingerprint == fingerprint:
            if provider_id not in current:  # the same key entered anew goes on
                current[provider_id] = len(uses)
                uses.append(_begun(recorded, event.name, after.hint))
        elif provider_id in current:
            place = current.pop(provider_id)
            uses[place] = _ended(uses[place], recorded, event)
    return uses


def _begun(recorded: Recorded[Any], name: str, hint: str) -> KeyUse:
    return KeyUse(
        provider_id=recorded.originator_id,
        provider_name=name,
        hint=hint,
        set_at=recorded.occurred_at,
        set_by=recorded.meta.actor,
        set_position=recorded.position,
    )


def _ended(use: KeyUse, recorded: Recorded[Any], event: KeyRotated | KeyRemoved) -> KeyUse:
    return use._replace(
        ended_at=recorded.occurred_at,
        ended_by=recorded.meta.actor,
        ended_position=recorded.position,
        ended_because=event.reason if isinstance(event, KeyRemoved) else "replaced",
    )
