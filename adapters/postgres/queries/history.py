"""An object's own history, version by version."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.mapper import decode_known
from adapters.postgres.queries.audit_filter import COLUMNS, recorded
from adapters.postgres.reader import Rows
from domain.event import Event, Recorded

_PAGE: Final = SQL("""
    SELECT {columns} FROM stored_events
    WHERE originator_id = %(stream)s AND organization = %(organization)s
        AND (%(before)s::bigint IS NULL OR originator_version < %(before)s)
    ORDER BY originator_version DESC LIMIT %(limit)s
""").format(columns=COLUMNS)


async def page_of_history(
    reader: Rows,
    organization: UUID,
    stream: UUID,
    kinds: Sequence[type[Event]],
    *,
    before: int | None,
    limit: int,
) -> list[Recorded[Any]]:
    """The versions of the organization's object before one, latest first; none if it is of another kind."""
    wanted = {"stream": stream, "organization": organization, "before": before, "limit": limit}
    rows = await reader.rows(_PAGE, wanted)
    found = [recorded(organization, row, decode_known(row[2], row[3])) for row in rows]
    subject = kinds[0].topic.partition(".")[0]
    return [one for one in found if one.event.topic.partition(".")[0] == subject]
