"""The audit trail: one entry for each event, made from that event alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from domain.event import Event, Recorded
from domain.topics import EVENTS, AnyEvent
from projections.audit_changes import FieldChange, changes_of
from projections.audit_deeds import deed_of

_SUBJECTS: Final = {
    "provider": "provider",
    "model": "model",
    "catalog": "catalog",
    "sync": "sync",
    "access": "token",
    "webhook": "webhook",
    "audit": "key_search",
    "organization": "organization",
}


def action_of(event: type[Event] | Event) -> str:
    """The topic without its version, as ``provider.key_rotated``."""
    return event.topic.rpartition(".")[0]


def subject_type_of(action: str) -> str:
    """What the action is done to; of an action of a newer version the word that it begins with."""
    subject = action.partition(".")[0]
    return _SUBJECTS.get(subject, subject)


TOPICS_BY_ACTION: Final[Mapping[str, str]] = {action_of(event): event.topic for event in EVENTS.values()}
"""Every action there is, and the topic that stands for it in the log."""


class AuditEntry(NamedTuple):
    """Who did what to which object when, and what it changed; of a key only its fingerprint."""

    position: int
    occurred_at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: UUID
    request_id: str
    address: str | None
    changes: dict[str, FieldChange]
    summary: str


def audit_entry(recorded: Recorded[AnyEvent]) -> AuditEntry:
    """The entry of an event."""
    action = action_of(recorded.event)
    return AuditEntry(
        position=recorded.position,
        occurred_at=recorded.occurred_at,
        actor=recorded.meta.actor,
        action=action,
        subject_type=subject_type_of(action),
        subject_id=recorded.originator_id,
        request_id=recorded.meta.request_id,
        address=recorded.meta.address,
        changes=changes_of(recorded.event),
        summary=f"{recorded.meta.actor} {deed_of(recorded.event)}",
    )
