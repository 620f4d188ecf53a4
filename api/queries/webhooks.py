"""Webhooks as the API shows them."""

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.feed import count_after
from adapters.postgres.queries.webhooks import WebhookFound
from adapters.postgres.reader import Reader
from domain.webhook import ParkReason, WebhookStatus
from projections.webhooks import WebhookRow

MOST_COUNTED = 10_000


class DeliveriesView(msgspec.Struct, frozen=True):
    """How far a webhook has come.

    ``position`` is that of the last event it has heard of or did not want to. ``waiting`` counts the events
    since that it wants, up to 10,000. ``attempts`` is how often the first of them has failed, ``last_error``
    what came of the last failure, ``failing_since`` when failing began; null: the last delivery was taken.
    """

    position: int
    waiting: int
    attempts: int
    next_attempt_at: datetime | None
    failing_since: datetime | None
    last_error: str | None
    last_delivered_at: datetime | None


class WebhookView(msgspec.Struct, frozen=True):
    """A webhook. An empty ``event_types`` means all. ``reason`` says why it is parked.

    ``former_secret_until``: until then messages bear a second signature, with the secret before this one.
    """

    id: UUID
    url: str
    event_types: list[str]
    status: WebhookStatus
    status_since: datetime
    reason: ParkReason | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    version: int
    former_secret_until: datetime | None
    deliveries: DeliveriesView


class RegisteredWebhookView(WebhookView, frozen=True):
    """A webhook with a new secret. ``secret`` is in this answer only; a repeated request gets null."""

    secret: str | None


def event_types_of(row: WebhookRow) -> list[str]:
    """The types of the events that a webhook wants; none means all."""
    return msgspec.json.decode(row.event_types, type=list[str])


async def webhook_view(reader: Reader, found: WebhookFound) -> WebhookView:
    """The answer for one webhook."""
    row, delivered = found
    types = event_types_of(row)
    waiting = await count_after(
        reader, row.organization, delivered.position, types or None, most=MOST_COUNTED
    )
    return WebhookView(
        id=row.id,
        url=row.url,
        event_types=types,
        status=WebhookStatus(row.status),
        status_since=row.status_since,
        reason=None if row.reason is None else ParkReason(row.reason),
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        version=row.version,
        former_secret_until=row.former_until,
        deliveries=DeliveriesView(waiting=waiting, **delivered._asdict()),
    )


def registered_view(view: WebhookView, secret: str) -> RegisteredWebhookView:
    """The answer to a new webhook."""
    return RegisteredWebhookView(**msgspec.structs.asdict(view), secret=secret)
