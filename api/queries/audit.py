"""Audit entries as the API shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.postgres.mapper import NewerEvent
from domain.event import Recorded
from projections.audit import audit_entry, subject_type_of


class ChangeView(msgspec.Struct, frozen=True):
    """A field before and after; null where there was or is nothing."""

    before: Any
    after: Any


class AuditEventView(msgspec.Struct, frozen=True):
    """Who did what to which object, when and from where. ``position`` is its place in the log."""

    position: int
    occurred_at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: UUID
    request_id: str
    address: str | None
    changes: dict[str, ChangeView]
    summary: str


def audit_event_view(recorded: Recorded[Any]) -> AuditEventView:
    """The answer for one event; of one that a newer Keyroll has written it tells who, when and what on."""
    if isinstance(recorded.event, NewerEvent):
        return _newer(recorded, recorded.event.topic.rpartition(".")[0])
    entry = audit_entry(recorded)
    changes = {field: ChangeView(change.before, change.after) for field, change in entry.changes.items()}
    return AuditEventView(**{**entry._asdict(), "changes": changes})


def _newer(recorded: Recorded[Any], action: str) -> AuditEventView:
    return AuditEventView(
        position=recorded.position,
        occurred_at=recorded.occurred_at,
        actor=recorded.meta.actor,
        action=action,
        subject_type=subject_type_of(action),
        subject_id=recorded.originator_id,
        request_id=recorded.meta.request_id,
        address=recorded.meta.address,
        changes={},
        summary=f"{recorded.meta.actor} did what only a newer Keyroll can tell: {action}",
    )
