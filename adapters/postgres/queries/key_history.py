"""What the log holds of a key: the events that name its fingerprint."""

from typing import Any, Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.mapper import decode
from adapters.postgres.queries.audit_filter import COLUMNS, recorded
from adapters.postgres.reader import Rows
from domain.event import Recorded
from domain.provider import KeyRemoved, KeyRotated

_HISTORY: Final = SQL("""
    SELECT {columns} FROM stored_events
    WHERE organization = %(organization)s AND topic = ANY (%(topics)s)
        AND position(%(fingerprint)s in state) > 0
    ORDER BY notification_id
""").format(columns=COLUMNS)


async def events_of_key(reader: Rows, organization: UUID, fingerprint: str) -> list[Recorded[Any]]:
    """The organization's events that set, replaced or removed the key of this fingerprint, oldest first."""
    wanted = {
        "organization": organization,
        "topics": [KeyRotated.topic, KeyRemoved.topic],
        "fingerprint": fingerprint.encode(),
    }
    rows = await reader.rows(_HISTORY, wanted)
    return [recorded(organization, row, decode(row[2], row[3])) for row in rows]
