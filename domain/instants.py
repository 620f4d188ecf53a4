"""Instants in texts: one form everywhere, that of the API's JSON."""

from datetime import UTC, datetime


def spelt(at: datetime) -> str:
    """An instant in UTC, as 2026-11-23T09:00:00.250000Z (RFC 3339)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
