"""An object's versions, and what going back to one came to, as the API shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from api.queries.audit import ChangeView, audit_event_view
from api.queries.models import ModelView
from api.queries.providers import ProviderView
from domain.event import Recorded
from domain.revert import NotRestored


class VersionView(msgspec.Struct, frozen=True):
    """A version: what made it, who did that, and what it changed. ``position`` is its place in the log."""

    version: int
    position: int
    occurred_at: datetime
    actor: str
    action: str
    changes: dict[str, ChangeView]
    summary: str


class NotRestoredView(msgspec.Struct, frozen=True):
    """A field that is not what it was, and why."""

    field: str
    reason: str


class RevertedProviderView(msgspec.Struct, frozen=True):
    """The provider as it is now. ``position`` is that of the change; null: there was nothing to change."""

    provider: ProviderView
    position: int | None
    not_restored: list[NotRestoredView]


class RevertedModelView(msgspec.Struct, frozen=True):
    """The model as it is now; null: at that version it was deleted, and so it is again.

    ``position`` is that of the change; null: there was nothing to change.
    """

    model: ModelView | None
    position: int | None
    not_restored: list[NotRestoredView]


def version_view(recorded: Recorded[Any]) -> VersionView:
    """The answer for one version."""
    event = audit_event_view(recorded)
    return VersionView(
        version=recorded.originator_version,
        position=event.position,
        occurred_at=event.occurred_at,
        actor=event.actor,
        action=event.action,
        changes=event.changes,
        summary=event.summary,
    )


def not_restored_views(not_restored: Iterable[NotRestored]) -> list[NotRestoredView]:
    """The answer for what cannot come back."""
    return [NotRestoredView(*one) for one in not_restored]
