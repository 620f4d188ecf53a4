"""The webhooks as the API shows them and as deliveries go by: one row each, gone when deleted."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, assert_never, get_args
from uuid import UUID

from domain.event import Recorded
from domain.webhook import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookFormerSecretRetired,
    WebhookParked,
    WebhookPaused,
    WebhookRegistered,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookStatus,
)
from projections.read_model import ReadModel


class WebhookRow(NamedTuple):
    """A webhook. ``event_types`` is a JSON list, empty for all; ``reason`` says why it is parked.

    Messages are signed with ``former_key_id`` too, until ``former_until``.
    """

    id: UUID
    organization: UUID
    version: int
    url: str
    event_types: str
    status: str
    status_since: datetime
    reason: str | None
    signing_key_id: UUID
    created_at: datetime
    created_by: str
    updated_at: datetime
    former_key_id: UUID | None = None
    former_until: datetime | None = None


def types_text(event_types: Sequence[str]) -> str:
    """Event types as a row holds them."""
    return json.dumps(list(event_types))


def fold(row: WebhookRow | None, recorded: Recorded[WebhookEvent]) -> WebhookRow | None:
    """The row after the event."""
    event = recorded.event
    if isinstance(event, WebhookRegistered):
        return _first_row(recorded, event)
    if row is None:
        return None
    row = row._replace(version=recorded.originator_version, updated_at=recorded.occurred_at)
    match event:
        case WebhookChanged():
            return row._replace(url=event.after.url, event_types=types_text(event.after.event_types))
        case WebhookPaused():
            return _in(row, WebhookStatus.PAUSED, recorded.occurred_at)
        case WebhookParked():
            return _in(row, WebhookStatus.PARKED, recorded.occurred_at, event.reason.value)
        case WebhookResumed():
            return _in(row, WebhookStatus.ACTIVE, recorded.occurred_at)
        case WebhookSecretRotated():
            former = None if event.former_until is None else event.before
            return row._replace(
                signing_key_id=event.after, former_key_id=former, former_until=event.former_until
            )
        case WebhookFormerSecretRetired():
            return row._replace(former_key_id=None, former_until=None)
        case WebhookDeleted():
            return None
        case _:
            assert_never(event)


def _in(row: WebhookRow, status: WebhookStatus, since: datetime, reason: str | None = None) -> WebhookRow:
    return row._replace(status=status.value, status_since=since, reason=reason)


def _first_row(recorded: Recorded[WebhookEvent], event: WebhookRegistered) -> WebhookRow:
    return WebhookRow(
        id=recorded.originator_id,
        organization=recorded.meta.organization,
        version=recorded.originator_version,
        url=event.subscription.url,
        event_types=types_text(event.subscription.event_types),
        status=WebhookStatus.ACTIVE.value,
        status_since=recorded.occurred_at,
        reason=None,
        signing_key_id=event.signing_key_id,
        created_at=recorded.occurred_at,
        created_by=recorded.meta.actor,
        updated_at=recorded.occurred_at,
    )


WEBHOOKS = ReadModel(
    table="webhooks",
    row=WebhookRow,
    follows=get_args(WebhookEvent),
    fold=fold,
    version=2,  # 2: the former key
)
