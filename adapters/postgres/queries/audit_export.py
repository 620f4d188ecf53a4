"""The audit trail as a whole, oldest first, from one snapshot and in constant memory."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, Final
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.mapper import decode_known
from adapters.postgres.queries.audit_filter import COLUMNS, AuditFilter, all_of, bounds_of, recorded
from adapters.postgres.reader import Reader
from domain.event import Recorded

BATCH: Final = 100
"""Events that are held at a time."""

_PATIENCE: Final = b"SET LOCAL idle_in_transaction_session_timeout = '5min'"
"""Who reads nothing for so long has gone: an open snapshot keeps PostgreSQL from tidying up."""

_EXPORT: Final = SQL("""
    SELECT {columns} FROM stored_events
    WHERE organization = %(organization)s {filters}
        AND notification_id > %(low)s AND notification_id < %(high)s
    ORDER BY notification_id
""")


async def exported_events(
    reader: Reader,
    organization: UUID,
    wanted: AuditFilter,
    keep: Callable[[Recorded[Any]], bool] | None = None,
) -> AsyncGenerator[list[Recorded[Any]]]:
    """The events that are asked for, and of them those to keep, in batches.

    Whoever stops asking closes this, which ends the cursor and its transaction.

    Raises:
        StoreUnavailable: PostgreSQL does not answer, or ended the connection in the midst of it.
    """
    low, high = await bounds_of(reader, organization, wanted.since, wanted.until)
    parameters = {**wanted.parameters(organization), "low": low, "high": high}
    query = _EXPORT.format(columns=COLUMNS, filters=all_of([*wanted.narrowed, *wanted.read]))
    async with reader.long_snapshot() as connection, connection.cursor(name="audit_export") as cursor:
        await connection.execute(_PATIENCE)
        await cursor.execute(query, parameters)
        while rows := await cursor.fetchmany(BATCH):
            found = [recorded(organization, row, decode_known(row[2], row[3])) for row in rows]
            if kept := found if keep is None else [event for event in found if keep(event)]:
                yield kept
