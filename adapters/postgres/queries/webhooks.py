"""Webhooks, each with how far it has come."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Reader
from projections.webhooks import WebhookRow


class Delivered(NamedTuple):
    """How far a webhook has come: it has heard, or did not want to hear, all up to ``position``.

    ``attempts`` and ``next_attempt_at`` are about the event after it, and None and 0 unless that has failed.
    """

    position: int
    attempts: int = 0
    next_attempt_at: datetime | None = None
    failing_since: datetime | None = None
    last_error: str | None = None
    last_delivered_at: datetime | None = None


class WebhookFound(NamedTuple):
    """A webhook and its deliveries."""

    row: WebhookRow
    delivered: Delivered


# A webhook that nothing was sent to yet begins at its own registration. Attempts of an earlier version do not
# count: whoever changed or resumed it wants it to begin anew.
_SELECT: Final = SQL("""
    SELECT {webhook},
        coalesce(d.position, (
            SELECT notification_id FROM stored_events WHERE originator_id = w.id AND originator_version = 1
        )),
        CASE WHEN d.version = w.version OR w.status = 'parked' THEN d.attempts ELSE 0 END,
        CASE WHEN d.version = w.version THEN d.next_attempt_at END,
        d.failing_since, d.last_error, d.last_delivered_at
    FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook = w.id
    WHERE
""").format(webhook=columns_of(WebhookRow, "w"))
_ONE: Final = _SELECT + SQL(" w.organization = %s AND w.id = %s")
_PAGE: Final = _SELECT + SQL(" w.organization = %s AND w.id > %s ORDER BY w.id LIMIT %s")
_ACTIVE: Final = _SELECT + SQL(" w.status = 'active'")
_DUE: Final = b"SELECT organization, id FROM webhooks WHERE former_until <= now() ORDER BY id"
_WIDTH: Final = len(WebhookRow._fields)


async def find_webhook(reader: Reader, organization: UUID, webhook_id: UUID) -> WebhookFound | None:
    """The organization's webhook of this id."""
    rows = await reader.rows(_ONE, [organization, webhook_id])
    return _found(rows[0]) if rows else None


async def page_of_webhooks(
    reader: Reader, organization: UUID, *, after: UUID, limit: int
) -> list[WebhookFound]:
    """The organization's webhooks with an id beyond ``after``, oldest first."""
    return [_found(row) for row in await reader.rows(_PAGE, [organization, after, limit])]


async def active_webhooks(reader: Reader) -> list[WebhookFound]:
    """All active webhooks, of all organizations."""
    return [_found(row) for row in await reader.rows(_ACTIVE)]


async def webhooks_with_an_outworn_key(reader: Reader) -> list[tuple[UUID, UUID]]:
    """The organization and id of those whose former signing key has had its time."""
    return [(organization, webhook) for organization, webhook in await reader.rows(_DUE)]


def _found(row: tuple[Any, ...]) -> WebhookFound:
    position, attempts, *rest = row[_WIDTH:]
    return WebhookFound(WebhookRow._make(row[:_WIDTH]), Delivered(position, attempts or 0, *rest))
