"""Audit entries as the API shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.event import Recorded
from projections.audit import audit_entry


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
    """The answer for one event."""
    entry = audit_entry(recorded)
    changes = {field: ChangeView(change.before, change.after) for field, change in entry.changes.items()}
    return AuditEventView(**{**entry._asdict(), "changes": changes})
