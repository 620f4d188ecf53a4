"""The log in its own order, for those who follow it."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from adapters.postgres.reader import Reader
from adapters.postgres.write import LogEntry
from domain.event import Meta

_COLUMNS: Final = """SELECT originator_id, originator_version, topic, state, occurred_at,
    organization, actor, request_id, address, notification_id FROM stored_events"""
_OF_ALL: Final = f"{_COLUMNS} WHERE notification_id > %s ORDER BY notification_id LIMIT %s".encode()
_OF_ONE: Final = (
    f"{_COLUMNS} WHERE organization = %s AND notification_id > %s ORDER BY notification_id LIMIT %s".encode()
)
_END: Final = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"
_WAITING: Final = b"""SELECT count(*) FROM (
    SELECT FROM stored_events WHERE organization = %(organization)s AND notification_id > %(after)s
        AND (%(types)s::text[] IS NULL OR regexp_replace(topic, '[.]v[0-9]+$', '') = ANY (%(types)s))
    LIMIT %(most)s) e"""


async def log_after(reader: Reader, position: int, limit: int) -> list[LogEntry]:
    """The events of all organizations after a position, oldest first.

    Positions are given out under the append lock, which is held until the commit. So an event that is not
    seen yet has a later position than all that are, and to ask on from the last one misses nothing.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    return [_entry(row) for row in await reader.rows(_OF_ALL, [position, limit])]


async def log_of(reader: Reader, organization: UUID, position: int, limit: int) -> list[LogEntry]:
    """One organization's events after a position, oldest first. Raises as :func:`log_after` does."""
    return [_entry(row) for row in await reader.rows(_OF_ONE, [organization, position, limit])]


async def end_of_log(reader: Reader) -> int:
    """The position of the last event; 0 before the first one. Raises as :func:`log_after` does."""
    ((position,),) = await reader.rows(_END)
    return int(position)


async def count_after(
    reader: Reader, organization: UUID, position: int, types: Sequence[str] | None, *, most: int
) -> int:
    """How many events an organization has after a position, counted up to ``most``.

    Args:
        reader: the connections.
        organization: whose events.
        position: the position.
        types: topics without their versions; None means any.
        most: where counting ends.
    """
    wanted = {
        "organization": organization,
        "after": position,
        "types": None if types is None else list(types),
        "most": most,
    }
    ((count,),) = await reader.rows(_WAITING, wanted)
    return int(count)


def _entry(row: tuple[Any, ...]) -> LogEntry:
    meta = Meta.model_construct(organization=row[5], actor=row[6], request_id=row[7], address=row[8])
    return LogEntry(
        originator_id=row[0],
        originator_version=row[1],
        topic=row[2],
        state=row[3],
        occurred_at=row[4],
        meta=meta,
        position=row[9],
    )
