"""How far each webhook has come, written down after each delivery."""

from typing import Any, Final
from uuid import UUID

from adapters.postgres.queries.webhooks import Delivered
from adapters.postgres.reader import Reader

# Whoever has not seen the latest position has lost the webhook to another process, and changes nothing.
_NOTE: Final = b"""
    INSERT INTO webhook_deliveries AS d
        (webhook, position, version, attempts, next_attempt_at, failing_since, last_error, last_delivered_at)
    SELECT id, %(position)s, %(version)s, %(attempts)s, %(next_attempt_at)s::timestamptz,
        %(failing_since)s::timestamptz, %(last_error)s::text, %(last_delivered_at)s::timestamptz
    FROM webhooks WHERE id = %(webhook)s
    ON CONFLICT (webhook) DO UPDATE SET position = excluded.position, version = excluded.version,
        attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at,
        failing_since = excluded.failing_since, last_error = excluded.last_error,
        last_delivered_at = excluded.last_delivered_at
    WHERE d.position = %(was)s
    RETURNING (SELECT version FROM webhooks WHERE id = d.webhook)
"""
_FORGET: Final = (
    b"DELETE FROM webhook_deliveries d WHERE NOT EXISTS (SELECT FROM webhooks WHERE id = d.webhook)"
)


async def note_delivered(reader: Reader, webhook: UUID, version: int, was: int, now: Delivered) -> int | None:
    """Write down how far a webhook has come.

    Args:
        reader: the connections.
        webhook: its id.
        version: the version of it that the attempts were made for.
        was: the position at which the caller saw it.
        now: how far it is.

    Returns:
        Today's version of the webhook; None if it was not where the caller saw it, or is deleted.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    values: dict[str, Any] = {**now._asdict(), "webhook": webhook, "version": version, "was": was}
    rows = await reader.rows(_NOTE, values)
    return rows[0][0] if rows else None


async def forget_deleted(reader: Reader) -> None:
    """Let go of what was noted of webhooks that are deleted."""
    await reader.rows(_FORGET + b" RETURNING webhook")
