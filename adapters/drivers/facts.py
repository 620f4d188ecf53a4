"""Read one optional fact of a row. What is missing or of an unexpected type counts as not said: ``None``."""

from datetime import UTC, datetime

_LONGEST_TEXT = 10_000
_LARGEST_COUNT = 2**53 - 1  # the largest whole number that every JSON reader keeps exact
_FIRST_INSTANT = datetime(1971, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def text(value: object) -> str | None:
    """A text that says something. NUL, which PostgreSQL cannot keep, counts as damage."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "\x00" in value:
        return None
    return value.strip() or None


def count(value: object) -> int | None:
    """A positive whole number."""
    return (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_COUNT
        else None
    )


def instant(value: object) -> datetime | None:
    """A moment in UTC, from seconds since 1970 or from RFC 3339. 1970 itself is how vendors say "unknown"."""
    if isinstance(value, str):
        moment = _from_text(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = _from_seconds(value)
    else:
        return None
    return moment if moment and moment >= _FIRST_INSTANT else None


def _from_text(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_seconds(value: float) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if 0 < value < _LAST_INSTANT else None
