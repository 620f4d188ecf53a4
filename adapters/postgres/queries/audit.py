"""The log as auditors ask for it."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed

from adapters.postgres.mapper import decode
from adapters.postgres.reader import Reader
from domain.event import Meta, Recorded


class AuditFilter(NamedTuple):
    """Which events are asked for; None: any. ``since`` counts in, ``until`` does not."""

    actor: str | None = None
    topics: tuple[str, ...] | None = None
    subject: UUID | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_CONDITIONS: Final = {
    "actor": SQL("actor = %(actor)s"),
    "topics": SQL("topic = ANY (%(topics)s)"),
    "subject": SQL("originator_id = %(subject)s"),
    "request_id": SQL("request_id = %(request_id)s"),
    "since": SQL("occurred_at >= %(since)s"),
    "until": SQL("occurred_at < %(until)s"),
}
_SELECT: Final = SQL("""
    SELECT originator_id, originator_version, topic, state, occurred_at, actor, request_id, address,
        notification_id
    FROM stored_events WHERE {conditions} ORDER BY notification_id DESC LIMIT %(limit)s
""")


async def page_of_events(
    reader: Reader, organization: UUID, wanted: AuditFilter, *, before: int | None, limit: int
) -> list[Recorded[Any]]:
    """The organization's events before a position, latest first."""
    conditions: list[Composable] = [SQL("organization = %(organization)s")]
    parameters: dict[str, Any] = {"organization": organization, "limit": limit}
    if before is not None:
        conditions.append(SQL("notification_id < %(before)s"))
        parameters["before"] = before
    for field, value in wanted._asdict().items():
        if value is not None:
            conditions.append(_CONDITIONS[field])
            parameters[field] = list(value) if field == "topics" else value
    query: Composed = _SELECT.format(conditions=SQL(" AND ").join(conditions))
    return [_recorded(organization, row) for row in await reader.rows(query, parameters)]


def _recorded(organization: UUID, row: tuple[Any, ...]) -> Recorded[Any]:
    stream, version, topic, state, occurred_at, actor, request_id, address, position = row
    meta = Meta(organization=organization, actor=actor, request_id=request_id, address=address)
    return Recorded(stream, version, occurred_at, meta, decode(topic, state), position)
